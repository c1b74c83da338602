package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.registry.ModelSource;
import dev.weir.routing.Variant;
import dev.weir.servable.ComputePool;
import dev.weir.servable.Lane;
import dev.weir.servable.LoadGate;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the deployment files, loads the versions they name, and applies one snapshot. Blocks start-up until every
 * version was tried: a server that answers is a server that is as ready as it can be.
 */
@ApplicationScoped
public class SnapshotLoader {

    private static final Log LOG = Log.of(SnapshotLoader.class);

    private final DeploymentConfig config;
    private final ModelSource source;
    private final LoadGate gate;
    private final ServableBoard board;
    private final ServingState state;
    private final ComputePool compute;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final Ticker ticker;
    private final Map<VersionRef, Servable> loaded = new ConcurrentHashMap<>();

    /** Collects what a load needs. */
    @Inject
    public SnapshotLoader(
            DeploymentConfig config,
            ModelSource source,
            LoadGate gate,
            ServableBoard board,
            ServingState state,
            ComputePool compute,
            MeterRegistry meters,
            InstantSource clock,
            Ticker ticker) {
        this.config = config;
        this.source = source;
        this.gate = gate;
        this.board = board;
        this.state = state;
        this.compute = compute;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
    }

    /**
     * Loads and applies.
     *
     * @throws ConfigurationRejected when the files are refused; start-up fails then
     */
    void onStart(@Observes @Priority(100) StartupEvent event) {
        requireConsistent(config);
        DeploymentFiles.Reading reading = new DeploymentFiles(config).read(config.directory());
        loaded.putAll(new VersionLoads(config, source, gate).load(versions(reading.deployments())));
        Map<String, Deployment> deployments = new TreeMap<>();
        for (DeploymentSpec spec : reading.deployments()) {
            Deployment deployment = assemble(spec);
            deployments.put(spec.name(), deployment);
            exportGauges(deployment);
        }
        drainUnused(deployments);
        loaded.forEach((ref, servable) ->
                Meters.MODEL_HANDLES.gauge(meters, servable, Servable::holds, ref.model(), ref.version()));
        state.apply(new ServingSnapshot(deployments, reading.digest(), config.allowNone()));
        Meters.ROUTING_CONFIG_INFO.gauge(meters, reading, r -> 1, reading.digest());
        LOG.info("deployments applied")
                .with(LogKey.COUNT, deployments.size())
                .with(LogKey.DIGEST, reading.digest())
                .write();
        if (deployments.isEmpty()) {
            LOG.warn("nothing is deployed: the directory has no deployment file")
                    .write();
        }
    }

    private static void requireConsistent(DeploymentConfig config) {
        if (config.timeout().compareTo(config.maxTimeout()) > 0) {
            throw new ConfigurationRejected(List.of("weir.deployments.timeout must be at most"
                    + " weir.deployments.max-timeout, which is "
                    + config.maxTimeout().toMillis() + " ms"));
        }
    }

    /** Closes the versions that were loaded for deployments which could not take them. */
    private void drainUnused(Map<String, Deployment> deployments) {
        Set<VersionRef> used = new HashSet<>();
        deployments
                .values()
                .forEach(deployment -> used.addAll(deployment.lanes().keySet()));
        for (VersionRef ref : List.copyOf(loaded.keySet())) {
            Servable unused = used.contains(ref) ? null : loaded.remove(ref);
            if (unused != null) {
                drain(ref, unused);
            }
        }
    }

    private void drain(VersionRef ref, Servable servable) {
        board.set(ref, new ServableState.Draining(clock.instant()));
        servable.drain();
    }

    /** Takes nothing new and closes every version after its last native call. */
    void onStop(@Observes @Priority(100) ShutdownEvent event) {
        loaded.forEach(this::drain);
    }

    private static Set<VersionRef> versions(List<DeploymentSpec> specs) {
        Set<VersionRef> refs = new LinkedHashSet<>();
        for (DeploymentSpec spec : specs) {
            spec.split().variants().forEach(variant -> refs.add(variant.version()));
        }
        return refs;
    }

    private Deployment assemble(DeploymentSpec spec) {
        Map<VersionRef, Lane> lanes = new HashMap<>();
        Map<VersionRef, String> leftOut = new HashMap<>();
        ModelSignature promise = promise(spec);
        for (Variant variant : spec.split().variants()) {
            Servable servable = loaded.get(variant.version());
            if (servable == null) {
                continue;
            }
            if (!servable.signature().equals(promise)) {
                leftOut.put(variant.version(), "its signature differs from the deployment's promise");
                LOG.error("variant left out: its signature differs from the deployment's promise")
                        .with(LogKey.DEPLOYMENT, spec.name())
                        .with(LogKey.MODEL, variant.version().model())
                        .with(LogKey.VERSION, variant.version().version())
                        .write();
                continue;
            }
            Lane lane = new Lane(servable, spec.concurrency().orElse(compute.threads()), spec.queue(), compute, ticker);
            lanes.put(variant.version(), lane);
        }
        return new Deployment(spec, promise, lanes, leftOut);
    }

    /** Returns the primary's signature, or a standby's as long as the primary is not loaded. */
    private @Nullable ModelSignature promise(DeploymentSpec spec) {
        List<Variant> candidates = new ArrayList<>(List.of(spec.split().primary()));
        candidates.addAll(spec.split().variants());
        for (Variant variant : candidates) {
            Servable servable = loaded.get(variant.version());
            if (servable != null) {
                return servable.signature();
            }
        }
        return null;
    }

    private void exportGauges(Deployment deployment) {
        Meters.MODEL_READY.gauge(meters, deployment, d -> d.isReady() ? 1 : 0, deployment.name());
        deployment.lanes().forEach((ref, lane) -> {
            Meters.QUEUE_DEPTH.gauge(meters, lane, Lane::depth, deployment.name(), ref.model(), ref.version());
        });
    }
}
