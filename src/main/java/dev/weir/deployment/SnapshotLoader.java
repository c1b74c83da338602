package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Ticker;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Demand;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Reconciler;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.ComputePool;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what serves in line with the deployment files and the registry: reads the registry, loads what it takes, applies
 * one snapshot, and gives up what nobody needs any more. Start-up waits until every version was tried: a server that
 * answers is a server that is as ready as it can be.
 */
@ApplicationScoped
public class SnapshotLoader {

    private static final Log LOG = Log.of(SnapshotLoader.class);

    private final DeploymentConfig config;
    private final ModelSource source;
    private final Reconciler reconciler;
    private final ServingState state;
    private final ComputePool compute;
    private final Ticker ticker;
    private final SnapshotGauges gauges;
    private DeploymentFiles.@Nullable Reading reading;
    private volatile Listing listing = Listing.EMPTY;
    private volatile @Nullable String registryProblem;

    /** Collects what a load needs. */
    @Inject
    public SnapshotLoader(
            DeploymentConfig config,
            ModelSource source,
            Reconciler reconciler,
            ServingState state,
            ComputePool compute,
            MeterRegistry meters,
            Ticker ticker) {
        this.config = config;
        this.source = source;
        this.reconciler = reconciler;
        this.state = state;
        this.compute = compute;
        this.ticker = ticker;
        this.gauges = new SnapshotGauges(meters, state);
    }

    /**
     * Loads and applies.
     *
     * @throws ConfigurationRejected when the files are refused; start-up fails then
     */
    void onStart(@Observes @Priority(100) StartupEvent event) {
        start();
    }

    private synchronized void start() {
        requireConsistent(config);
        reading = new DeploymentFiles(config).read(config.directory());
        refresh(false);
    }

    private static void requireConsistent(DeploymentConfig config) {
        if (config.timeout().compareTo(config.maxTimeout()) > 0) {
            throw new ConfigurationRejected(List.of("weir.deployments.timeout must be at most"
                    + " weir.deployments.max-timeout, which is "
                    + config.maxTimeout().toMillis() + " ms"));
        }
    }

    /** Takes nothing new and closes every version after its last native call. */
    void onStop(@Observes @Priority(100) ShutdownEvent event) {
        reconciler.giveUp(); // or a refresh that loads would keep the shutdown waiting
        stop();
    }

    private synchronized void stop() {
        reading = null;
        reconciler.retire(Set.of());
    }

    /** Returns what the registry held when it was last read. */
    public Listing listing() {
        return listing;
    }

    /** Returns why the registry could not be read the last time, or null when it could. */
    public @Nullable String registryProblem() {
        return registryProblem;
    }

    /**
     * Reads the registry and brings what serves in line with it. Blocks as long as that takes; does nothing once the
     * server stops. A registry that can't be read changes nothing.
     *
     * @param again whether to try versions again that failed and have not changed since
     */
    public synchronized void refresh(boolean again) {
        DeploymentFiles.Reading files = reading;
        if (files == null) {
            return;
        }
        readRegistry();
        ServingSnapshot before = state.current();
        Map<DeploymentSpec, Resolution> resolutions = new LinkedHashMap<>();
        files.deployments().forEach(spec -> resolutions.put(spec, Resolution.of(spec, listing)));
        reconciler.load(demands(resolutions, before), listing, again);
        Assembly assembly = new Assembly(compute, ticker, reconciler.loaded());
        Map<String, Deployment> deployments = new TreeMap<>();
        resolutions.forEach((spec, resolution) ->
                deployments.put(spec.name(), assembly.assemble(spec, resolution, before.deployment(spec.name()))));
        ServingSnapshot snapshot = new ServingSnapshot(deployments, files.digest(), config.allowNone());
        if (!snapshot.equals(before)) {
            state.apply(snapshot);
            gauges.follow(snapshot, before);
            log(snapshot, before);
        }
        reconciler.retire(needed(snapshot));
    }

    private void readRegistry() {
        try {
            listing = source.list().fillGaps(listing);
            if (registryProblem != null) {
                registryProblem = null;
                LOG.info("registry can be read again").write();
            }
        } catch (RegistryUnavailable e) {
            Listing last = source.lastKnown();
            if (last != null) {
                listing = last;
            }
            if (registryProblem == null) {
                LOG.error("registry can't be read; what serves goes on serving")
                        .with(LogKey.REASON, e.publicMessage())
                        .with(LogKey.CACHED_AT, listing.cachedAt())
                        .cause(e.getCause())
                        .write();
            }
            registryProblem = e.publicMessage();
        }
        state.noteRegistry(listing.cachedAt());
    }

    /**
     * Returns every version that is wanted. A primary may have any signature as long as the deployment is unready; a
     * standby must fit what answers those who name it.
     */
    private static Collection<Demand> demands(Map<DeploymentSpec, Resolution> resolutions, ServingSnapshot before) {
        Map<VersionRef, Map<String, ModelSignature>> demands = new LinkedHashMap<>();
        Set<VersionRef> free = new HashSet<>();
        resolutions.forEach((spec, resolution) -> {
            TrafficSplit split = resolution.split();
            Deployment deployment = before.deployment(spec.name());
            for (Variant variant : split == null ? List.<Variant>of() : split.variants()) {
                Map<String, ModelSignature> promises =
                        demands.computeIfAbsent(variant.version(), ref -> new HashMap<>());
                boolean bound = variant.role() != VariantRole.PRIMARY || (deployment != null && deployment.isReady());
                ModelSignature promise = bound && deployment != null ? deployment.promise() : null;
                if (promise == null) {
                    free.add(variant.version());
                } else {
                    promises.put(spec.name(), promise);
                }
            }
        });
        List<Demand> list = new ArrayList<>();
        demands.forEach((ref, promises) -> list.add(new Demand(ref, free.contains(ref) ? Map.of() : promises)));
        return list;
    }

    private static Set<VersionRef> needed(ServingSnapshot snapshot) {
        Set<VersionRef> needed = new HashSet<>();
        snapshot.deployments().values().forEach(deployment -> {
            needed.addAll(deployment.lanes().keySet());
            if (deployment.previous() != null) {
                needed.add(deployment.previous());
            }
        });
        return needed;
    }

    private static void log(ServingSnapshot snapshot, ServingSnapshot before) {
        LOG.info("deployments applied")
                .with(LogKey.COUNT, snapshot.deployments().size())
                .with(LogKey.DIGEST, snapshot.digest())
                .write();
        if (snapshot.deployments().isEmpty()) {
            LOG.warn("nothing is deployed: the directory has no deployment file")
                    .write();
        }
        snapshot.deployments().forEach((name, deployment) -> {
            Deployment old = before.deployment(name);
            String problem = deployment.problem();
            if (problem != null && (old == null || !problem.equals(old.problem()))) {
                LOG.error("deployment does not serve what is asked of it")
                        .with(LogKey.DEPLOYMENT, name)
                        .with(LogKey.REASON, problem)
                        .write();
            }
        });
    }
}
