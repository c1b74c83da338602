package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.LoadAttempt;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.Servable;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Loads versions, some at a time, and none for longer than it may take: to be fetched, and then to be loaded. A slow network
 * says nothing of a version's bytes, so one that was not fetched in time may be tried again; one that was not loaded in
 * time may not.
 *
 * <p>Each load has a thread of its own, because nothing can stop a native call that hangs: such a thread is left
 * behind, and does not keep the process alive. A version is not tried again before it ended, so that no version ever has two;
 * a thread that still fetches brings to this machine what the next try finds. The watchers only wait for those.
 */
final class VersionLoads {

    /** What became of a load. */
    sealed interface Result {

        /** It serves, or can. */
        record Loaded(Servable servable) implements Result {}

        /**
         * It was refused, which the board says by now.
         *
         * @param lasting whether only other files help
         * @param lacksRoom whether it helps when others leave
         */
        record Refused(boolean lasting, boolean lacksRoom) implements Result {
            Refused(boolean lasting) {
                this(lasting, false);
            }
        }
    }

    private static final long IDLE_SECONDS = 10;

    /** How far a load is, and who decides that: it turns only once away from {@code FETCHING}. */
    private enum Phase {
        FETCHING,
        LOADING,
        GIVEN_UP
    }

    /** Threads of loads that took too long, by version; shared by all tries, one after the other. */
    static final class Left {
        private final Map<VersionRef, Thread> threads = new ConcurrentHashMap<>();

        private void add(VersionRef ref, Thread thread) {
            threads.values().removeIf(each -> !each.isAlive());
            threads.put(ref, thread);
        }

        private boolean holds(VersionRef ref) {
            Thread thread = threads.get(ref);
            return thread != null && thread.isAlive();
        }
    }

    /** One try, as its own thread and its watcher see it. */
    private static final class Try {
        private final Demand demand;
        private final LoadAttempt attempt;
        private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.FETCHING);
        private final CountDownLatch fetched = new CountDownLatch(1);

        Try(Demand demand, LoadAttempt attempt) {
            this.demand = demand;
            this.attempt = attempt;
        }

        /** Ends the fetching; false when the other thread did. */
        boolean turn(Phase next) {
            return phase.compareAndSet(Phase.FETCHING, next);
        }
    }

    private final RegistryConfig config;
    private final ModelSource source;
    private final LoadGate gate;
    private final ThreadPoolExecutor together;
    private final ThreadPoolExecutor oneByOne;

    /** One for each version that may load at a time; a version that must be alone takes all. */
    private final Semaphore places;

    private final Left left = new Left();
    private volatile boolean givenUp;

    VersionLoads(RegistryConfig config, ModelSource source, LoadGate gate) {
        this.config = config;
        this.source = source;
        this.gate = gate;
        this.together = watchers(config.parallelLoads());
        this.oneByOne = watchers(1);
        this.places = new Semaphore(config.parallelLoads());
    }

    private static ThreadPoolExecutor watchers(int size) {
        ThreadPoolExecutor watchers = new ThreadPoolExecutor(
                size,
                size,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("weir-load-watch-", 0).daemon().factory());
        watchers.allowCoreThreadTimeOut(true);
        return watchers;
    }

    /**
     * Begins to load a version as soon as there is a place; does not wait. Thread-safe.
     *
     * @param alone whether nothing else may load meanwhile
     * @param then is told once what became of it, on a thread of this or of whoever gives up; null when it was not tried
     * @return false when the loads were given up; nothing happens then
     */
    boolean begin(Demand demand, boolean alone, Consumer<@Nullable Result> then) {
        try {
            (alone ? oneByOne : together).execute(() -> {
                Result result = null;
                try {
                    result = load(demand, alone ? config.parallelLoads() : 1);
                } finally {
                    then.accept(result);
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private @Nullable Result load(Demand demand, int takes) {
        if (givenUp) {
            return null;
        }
        try {
            places.acquire(takes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        Thread giveUp = new Thread(this::giveUp, "weir-load-stop");
        try {
            Runtime.getRuntime().addShutdownHook(giveUp);
            return givenUp ? null : watch(demand);
        } catch (IllegalStateException e) {
            return null; // the process ends already
        } finally {
            keepAway(giveUp);
            places.release(takes);
        }
    }

    /** Refuses what is not loaded yet, soon, and begins nothing more; thread-safe. */
    void giveUp() {
        givenUp = true;
        together.shutdownNow().forEach(Runnable::run); // which tells that it was not tried
        oneByOne.shutdownNow().forEach(Runnable::run);
    }

    private static void keepAway(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and the hook has run
        }
    }

    private @Nullable Result watch(Demand demand) {
        VersionRef ref = demand.ref();
        Try begun = new Try(demand, gate.begin(ref));
        if (left.holds(ref)) {
            gate.reject(
                    begun.attempt,
                    ArtifactRejected.forNow(
                            "an earlier try, which took too long, has not ended yet; it is tried again"));
            return new Result.Refused(false);
        }
        CompletableFuture<Result> result = new CompletableFuture<>();
        Thread loader = Thread.ofPlatform().name("weir-load-" + ref).daemon().start(() -> result.complete(load(begun)));
        try {
            Result refused = await(begun, loader);
            if (refused != null) {
                return refused;
            }
        } catch (InterruptedException e) {
            if (!gate.reject(
                    begun.attempt, new ArtifactRejected("the server was stopped before the version was loaded"))) {
                joinAtLast(loader);
            }
            Thread.currentThread().interrupt();
        }
        return result.getNow(null);
    }

    /** Waits for a load, as long as each of its phases may take; returns null when it ended by itself. */
    private @Nullable Result await(Try begun, Thread loader) throws InterruptedException {
        boolean isFetched = begun.fetched.await(config.loadTimeout().toNanos(), TimeUnit.NANOSECONDS);
        if (!isFetched && begun.turn(Phase.GIVEN_UP)) {
            return giveUp(begun, loader, notFetched(), false);
        }
        // Not tried again by itself: what hangs would hang again.
        return loader.join(config.loadTimeout()) ? null : giveUp(begun, loader, notLoaded(), true);
    }

    private @Nullable Result giveUp(Try begun, Thread loader, ArtifactRejected why, boolean lasting)
            throws InterruptedException {
        if (gate.reject(begun.attempt, why)) {
            left.add(begun.demand.ref(), loader);
            return new Result.Refused(lasting);
        }
        loader.join(); // it has just ended by itself
        return null;
    }

    /** Waits for a load that has ended but for its last steps, so that what it loaded has an owner. */
    @SuppressWarnings("ThreadJoinLoop") // what it suggests is in a library that is not here
    private static void joinAtLast(Thread loader) {
        while (true) {
            try {
                loader.join();
                return;
            } catch (InterruptedException e) {
                // told already
            }
        }
    }

    private ArtifactRejected notFetched() {
        return ArtifactRejected.forNow("the version was not fetched within " + limit() + "; it is tried again");
    }

    private ArtifactRejected notLoaded() {
        return new ArtifactRejected("the version was not loaded within " + limit());
    }

    private String limit() {
        return config.loadTimeout().toMillis() + " ms (weir.registry.load-timeout)";
    }

    private Result load(Try begun) {
        try {
            ModelArtifact artifact = fetch(begun.demand.ref());
            requireWanted(begun.demand, artifact.manifest());
            return begun.turn(Phase.LOADING) ? load(begun, artifact) : new Result.Refused(false);
        } catch (ArtifactRejected e) {
            gate.reject(begun.attempt, e);
            return new Result.Refused(e.isLasting());
        } catch (RegistryUnavailable e) {
            gate.reject(begun.attempt, new ArtifactRejected(e.publicMessage(), e.getCause()));
            return new Result.Refused(false);
        } catch (RuntimeException | Error e) { // or the version would be loading for ever
            gate.reject(begun.attempt, new ArtifactRejected("the version can't be judged", e));
            return new Result.Refused(false);
        } finally {
            begun.fetched.countDown();
        }
    }

    private Result load(Try begun, ModelArtifact artifact) {
        begun.fetched.countDown();
        try {
            return new Result.Loaded(gate.load(artifact, begun.attempt));
        } catch (ArtifactRejected e) {
            // The gate has said why. Files can't be blamed for a disk that can't be read, or for a lack of memory.
            return new Result.Refused(
                    e.isLasting() && !(e.getCause() instanceof IOException || e.getCause() instanceof Error),
                    e.lacksRoom());
        }
    }

    private ModelArtifact fetch(VersionRef ref) {
        try {
            return source.fetch(ref);
        } catch (ArtifactRejected | RegistryUnavailable e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new RegistryUnavailable("the version can't be fetched", e);
        }
    }

    private static void requireWanted(Demand demand, ModelManifest manifest) {
        String refusal = demand.refusal(manifest);
        if (refusal != null) {
            throw new ArtifactRejected(refusal);
        }
    }
}
