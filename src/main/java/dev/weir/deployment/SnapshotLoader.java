package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Reconciler;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
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
    private final Policies policies;
    private final LoadRounds rounds;
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
            Ticker ticker,
            Policies policies) {
        this.config = config;
        this.source = source;
        this.reconciler = reconciler;
        this.state = state;
        this.compute = compute;
        this.ticker = ticker;
        this.policies = policies;
        this.rounds = new LoadRounds(reconciler, policies);
        this.gauges = new SnapshotGauges(meters, state, this::listing);
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

    /** Runs something while nothing is loaded and what serves stays as it is. Waits for a refresh that runs. */
    synchronized void whileNothingChanges(Runnable action) {
        action.run();
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
    public void refresh(boolean again) {
        refresh(ref -> again);
    }

    /**
     * Reads the registry and brings what serves in line with it, as {@link #refresh(boolean)} does.
     *
     * @param again says which versions to try again that failed and have not changed since
     */
    public synchronized void refresh(Predicate<VersionRef> again) {
        DeploymentFiles.Reading files = reading;
        if (files == null) {
            return;
        }
        readRegistry();
        ServingSnapshot before = state.current();
        Map<DeploymentSpec, Resolution> resolutions = new LinkedHashMap<>();
        FormerVersions former = new FormerVersions(source, listing);
        files.deployments()
                .forEach(spec -> resolutions.put(
                        spec,
                        Resolution.of(
                                spec,
                                listing,
                                before.deployment(spec.name()),
                                () -> former.of(spec, before.deployment(spec.name())))));
        rounds.load(resolutions, before, listing, again);
        Assembly assembly = new Assembly(compute, ticker, reconciler.loaded(), listing, policies);
        Map<String, Deployment> deployments = new TreeMap<>();
        resolutions.forEach((spec, resolution) ->
                deployments.put(spec.name(), assembly.assemble(spec, resolution, before.deployment(spec.name()))));
        ServingSnapshot snapshot = new ServingSnapshot(deployments, files.digest(), config.allowNone());
        if (!snapshot.equals(before)) {
            state.apply(snapshot);
            policies.noteAccepted(snapshot, listing);
            gauges.follow(snapshot, before);
            log(snapshot, before);
        }
        reconciler.retire(needed(snapshot));
    }

    private void readRegistry() {
        try {
            Listing fresh = source.list();
            logProblems(fresh, listing);
            listing = fresh.fillGaps(listing);
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

    private static void logProblems(Listing listing, Listing before) {
        listing.problems().forEach((model, why) -> {
            if (!why.equals(before.problems().get(model))) {
                LOG.error("a model's documents can't be read; what serves of it goes on serving")
                        .with(LogKey.MODEL, model)
                        .with(LogKey.REASON, why)
                        .write();
            }
        });
        before.problems().keySet().stream()
                .filter(model -> !listing.problems().containsKey(model))
                .forEach(model -> LOG.info("a model's documents can be read again")
                        .with(LogKey.MODEL, model)
                        .write());
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
            deployment.leftOut().forEach((ref, why) -> {
                if (old == null || !why.equals(old.leftOut().get(ref))) {
                    LOG.error("version left out of a deployment")
                            .with(LogKey.DEPLOYMENT, name)
                            .with(LogKey.MODEL, ref.model())
                            .with(LogKey.VERSION, ref.version())
                            .with(LogKey.REASON, why)
                            .write();
                }
            });
        });
    }
}
