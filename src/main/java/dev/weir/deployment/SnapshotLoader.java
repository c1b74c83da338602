package dev.weir.deployment;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Reconciler;
import dev.weir.routing.TrafficSplit;
import dev.weir.servable.ComputePool;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what serves in line with the deployment files and the registry: reads the registry, applies one snapshot of what
 * is loaded, begins to load what is missing, and gives up what nobody needs any more. Each load that ends is applied by
 * itself, so that nothing waits for what it does not need: neither a revocation for a load, nor a load for another one.
 * Only start-up waits until every version was tried: a server that answers is a server that is as ready as it can be.
 *
 * <p>Thread-safe. What must be read is read first; then, if nothing changed meanwhile, a snapshot is made under a lock
 * that is held for moments only.
 */
@ApplicationScoped
public class SnapshotLoader {

    /** Callers who may wait for loads at a time; each holds a thread. */
    private static final int MAX_WAITING = 8;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final DeploymentConfig config;
    private final ModelSource source;
    private final Reconciler reconciler;
    private final ServingState state;
    private final ComputePool compute;
    private final Ticker ticker;
    private final Policies policies;
    private final ServedSignatures signatures;
    private final LoadRounds rounds;
    private final SnapshotGauges gauges;
    private final RegistryReading registry;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    /** Held while a snapshot is made and applied; nobody reads the registry, loads or waits for a load meanwhile. */
    private final Object applying = new Object();

    /** Each lets one thread at a time write to some of all models; held while the registry is read and written. */
    private final Object[] writers = new Object[16];

    private volatile DeploymentFiles.@Nullable Reading files;
    private volatile boolean started;
    private volatile boolean stopped;

    /** Collects what a load needs. */
    @Inject
    SnapshotLoader(
            DeploymentConfig config,
            ModelSource source,
            Reconciler reconciler,
            ServingState state,
            ComputePool compute,
            MeterRegistry meters,
            Ticker ticker,
            Policies policies,
            ServedSignatures signatures) {
        this.config = config;
        this.source = source;
        this.registry = new RegistryReading(source, state);
        this.reconciler = reconciler;
        this.state = state;
        this.compute = compute;
        this.ticker = ticker;
        this.policies = policies;
        this.signatures = signatures;
        this.rounds = new LoadRounds(reconciler, policies);
        this.gauges = new SnapshotGauges(meters, state, this::listing);
        Arrays.setAll(writers, each -> new Object());
    }

    /**
     * Loads and applies.
     *
     * @throws ConfigurationRejected when the files are refused; start-up fails then
     */
    void onStart(@Observes @Priority(100) StartupEvent event) {
        requireConsistent(config);
        files = new DeploymentFiles(config).read(config.directory());
        look(ref -> false);
        await(ref -> true);
        started = true;
        follow(() -> {}, null);
    }

    private static void requireConsistent(DeploymentConfig config) {
        if (config.timeout().compareTo(config.maxTimeout()) > 0) {
            throw new ConfigurationRejected(List.of("weir.deployments.timeout must be at most"
                    + " weir.deployments.max-timeout, which is "
                    + config.maxTimeout().toMillis() + " ms"));
        }
    }

    /** Takes nothing new and closes every version after its last native call. Waits for no load and no registry. */
    void onStop(@Observes @Priority(100) ShutdownEvent event) {
        stopped = true;
        reconciler.giveUp();
        synchronized (applying) {
            reconciler.retire(Set.of());
        }
    }

    /** Returns what the registry held when it was last read, and what was written to it since. */
    public Listing listing() {
        return registry.listing();
    }

    /** Returns why the registry could not be read the last time, or null when it could. */
    public @Nullable String registryProblem() {
        return registry.problem();
    }

    /**
     * Reads the registry and brings what serves in line with it. Blocks until everything was tried that is being loaded
     * then; does nothing once the server stops. A registry that can't be read changes nothing.
     *
     * @param again whether to try versions again that failed and have not changed since
     * @throws Overloaded when too many wait already
     */
    public void refresh(boolean again) {
        refresh(ref -> again, ref -> true);
    }

    /**
     * Reads the registry and brings what serves in line with it, as {@link #refresh(boolean)} does.
     *
     * @param again says which versions to try again that failed and have not changed since
     * @param until says which versions to wait for
     * @throws Overloaded when too many wait already
     */
    public void refresh(Predicate<VersionRef> again, Predicate<VersionRef> until) {
        if (!waiting.tryAcquire()) {
            throw new Overloaded(
                    FailureCode.QUEUE_FULL, "too many callers wait for the registry to be read", RETRY_AFTER);
        }
        try {
            look(again);
            await(until);
        } finally {
            waiting.release();
        }
    }

    /** Waits until these versions were tried, and what was to be tried in their place. */
    private void await(Predicate<VersionRef> which) {
        for (int round = 0; round <= Resolution.MAX_STAND_INS; round++) {
            CompletableFuture<Void> tried = reconciler.tried(which);
            if (tried.isDone()) {
                return;
            }
            tried.join();
        }
    }

    /** Reads the registry and brings what serves in line with it; what must be loaded for that follows by itself. */
    void look() {
        look(ref -> false);
    }

    /**
     * Reads the registry and brings what serves in line with it, and waits for one version if it is being loaded; but not
     * when too many wait already.
     */
    public void look(VersionRef until) {
        look(ref -> false);
        CompletableFuture<Void> tried = reconciler.tried(until::equals);
        if (!tried.isDone() && waiting.tryAcquire()) {
            try {
                tried.join();
            } finally {
                waiting.release();
            }
        }
    }

    private void look(Predicate<VersionRef> again) {
        if (!isIdle()) {
            registry.read();
            follow(() -> {}, again);
        }
    }

    /**
     * Brings what serves in line with what was just written to the registry, even if the registry can't be read any more.
     * Waits for no load.
     */
    void learn(UnaryOperator<Listing> written) {
        registry.learn(written);
        if (!isIdle()) {
            follow(() -> {}, ref -> false);
        }
    }

    /**
     * Makes these the deployments, all at once. A version that must be loaded for that takes over when it is loaded; what
     * serves goes on serving until then. Reads the registry if they name something of which it is not known yet.
     */
    void deploy(DeploymentFiles.Reading reading) {
        if (isIdle()) {
            return;
        }
        if (!registry.knows(reading.deployments())) {
            registry.read();
        }
        follow(
                () -> {
                    files = reading;
                    policies.forgetOthers(reading.deployments());
                },
                ref -> false);
    }

    /**
     * Runs something that reads what the registry holds of a model and writes according to it, and nothing else of that kind
     * at the same time; as far as this server is concerned.
     */
    void writeAlone(String model, Runnable action) {
        synchronized (writers[Math.floorMod(model.hashCode(), writers.length)]) {
            action.run();
        }
    }

    /**
     * Runs something during which a version does not begin to load.
     *
     * @return false when it is being loaded; nothing runs then
     */
    boolean unlessLoading(VersionRef ref, Runnable action) {
        boolean done = false;
        try {
            done = reconciler.unlessLoading(ref, action);
            return done;
        } finally {
            if (!done && !isIdle()) {
                follow(() -> {}, each -> false); // somebody may have wanted it meanwhile
            }
        }
    }

    private boolean isIdle() {
        return files == null || stopped;
    }

    /**
     * Applies what is known, and if that needs to know more, looks that up and applies it too.
     *
     * @param first what to do first under the lock
     * @param again says which versions to try that failed; null to load nothing
     */
    private void follow(Runnable first, @Nullable Predicate<VersionRef> again) {
        synchronized (applying) {
            first.run(); // whatever becomes of the plan
        }
        Predicate<VersionRef> due = again;
        do {
            settleOn(due);
            due = null;
        } while (!isIdle() && policies.lookUp(applying));
    }

    private void settleOn(@Nullable Predicate<VersionRef> again) {
        boolean applied = false;
        while (!applied) {
            Plan plan = isIdle() ? null : plan();
            synchronized (applying) {
                if (plan == null || stopped) {
                    reconciler.retire(Set.of());
                    return;
                }
                applied = plan.isFresh(files, registry.listing(), state.current()) && apply(plan, again);
            }
        }
    }

    /** What shall serve, according to these. */
    private record Plan(
            DeploymentFiles.Reading files,
            Listing listing,
            ServingSnapshot before,
            Map<DeploymentSpec, Resolution> resolutions) {

        boolean isFresh(DeploymentFiles.@Nullable Reading files, Listing listing, ServingSnapshot current) {
            return this.files.equals(files) && this.listing.equals(listing) && before.equals(current);
        }
    }

    /** Makes a plan. Reads the history of an alias if its version is revoked, and nobody knows what to serve instead. */
    private @Nullable Plan plan() {
        DeploymentFiles.Reading reading = files;
        if (reading == null) {
            return null;
        }
        Listing listing = registry.listing();
        ServingSnapshot before = state.current();
        FormerVersions former = new FormerVersions(source, policies, listing);
        Map<DeploymentSpec, Resolution> resolutions = new LinkedHashMap<>();
        reading.deployments()
                .forEach(spec ->
                        resolutions.put(spec, Resolution.of(spec, listing, before.deployment(spec.name()), former)));
        return new Plan(reading, listing, before, resolutions);
    }

    private boolean apply(Plan plan, @Nullable Predicate<VersionRef> again) {
        Listing listing = plan.listing();
        ServingSnapshot before = plan.before();
        rounds.load(plan.resolutions(), before, listing, again, settle -> follow(settle, null));
        if (!started) {
            return true;
        }
        Set<VersionRef> loading = reconciler.loading();
        Set<VersionRef> cramped = reconciler.cramped();
        Assembly assembly =
                new Assembly(compute, ticker, reconciler.loaded(), loading, listing, policies, cramped.isEmpty());
        Map<String, Deployment> deployments = new TreeMap<>();
        plan.resolutions()
                .forEach((spec, resolution) -> deployments.put(
                        spec.name(), assembly.assemble(spec, resolution, before.deployment(spec.name()))));
        ServingSnapshot snapshot = new ServingSnapshot(deployments, plan.files().digest(), config.allowNone());
        if (!snapshot.equals(before)) {
            state.apply(snapshot);
            policies.noteAccepted(snapshot, listing);
            signatures.note(snapshot);
            gauges.follow(snapshot, before);
            SnapshotLog.write(snapshot, before, waiting(plan.resolutions(), loading));
        }
        Set<VersionRef> keep = needed(snapshot);
        keep.addAll(policies.undecided());
        reconciler.retire(keep);
        if (!cramped.isEmpty() && SnapshotLog.writeReleased(snapshot, before)) {
            rounds.load(plan.resolutions(), snapshot, listing, cramped::contains, settle -> follow(settle, null));
        }
        return true;
    }

    private static Set<String> waiting(Map<DeploymentSpec, Resolution> resolutions, Set<VersionRef> loading) {
        Set<String> waiting = new HashSet<>();
        resolutions.forEach((spec, resolution) -> {
            TrafficSplit split = resolution.split();
            if (split != null && loading.contains(split.primary().version())) {
                waiting.add(spec.name());
            }
        });
        return waiting;
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
}
