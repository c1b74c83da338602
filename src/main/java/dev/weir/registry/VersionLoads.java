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
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Loads versions, some at a time, and none for longer than it may take.
 *
 * <p>Each load has a thread of its own, because nothing can stop a native call that hangs: such a thread is left
 * behind, and does not keep the process alive. The threads of {@code watchers} only wait for those.
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
         */
        record Refused(boolean lasting) implements Result {}
    }

    private final RegistryConfig config;
    private final ModelSource source;
    private final LoadGate gate;
    private final Map<VersionRef, Result> results = new ConcurrentHashMap<>();
    private volatile boolean givenUp;
    private volatile @Nullable ExecutorService running;

    VersionLoads(RegistryConfig config, ModelSource source, LoadGate gate) {
        this.config = config;
        this.source = source;
        this.gate = gate;
    }

    /**
     * Tries every version, and returns what became of each. Blocks until the last was tried, or the loads are given up;
     * what was not tried by then is not in the answer. Called once.
     */
    Map<VersionRef, Result> load(Collection<Demand> demands) {
        ExecutorService watchers = Executors.newFixedThreadPool(
                Math.max(1, Math.min(demands.size(), config.parallelLoads())),
                Thread.ofPlatform().name("weir-load-watch-", 0).daemon().factory());
        running = watchers;
        Thread giveUp = new Thread(this::giveUp, "weir-load-stop");
        try {
            Runtime.getRuntime().addShutdownHook(giveUp);
        } catch (IllegalStateException e) {
            return Map.of(); // the process ends already
        }
        try (watchers) {
            demands.stream().takeWhile(demand -> !givenUp).forEach(demand -> watchers.execute(() -> watch(demand)));
        } catch (RejectedExecutionException e) {
            // given up meanwhile
        } finally {
            keepAway(giveUp);
        }
        return Map.copyOf(results);
    }

    /** Refuses what is not loaded yet, soon; thread-safe. */
    void giveUp() {
        givenUp = true;
        ExecutorService watchers = running;
        if (watchers != null) {
            watchers.shutdownNow();
        }
    }

    private static void keepAway(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and the hook has run
        }
    }

    private void watch(Demand demand) {
        if (givenUp) {
            return;
        }
        LoadAttempt attempt = gate.begin(demand.ref());
        Thread loader = Thread.ofPlatform()
                .name("weir-load-" + demand.ref())
                .daemon()
                .start(() -> results.putIfAbsent(demand.ref(), load(demand, attempt)));
        try {
            if (!loader.join(config.loadTimeout())) {
                if (gate.reject(attempt, tooSlow())) {
                    // Not tried again by itself: what hangs would leave one more thread behind each time.
                    results.put(demand.ref(), new Result.Refused(true));
                } else {
                    loader.join();
                }
            }
        } catch (InterruptedException e) {
            if (!gate.reject(attempt, new ArtifactRejected("the server was stopped before the version was loaded"))) {
                joinAtLast(loader);
            }
            Thread.currentThread().interrupt();
        }
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

    private ArtifactRejected tooSlow() {
        return new ArtifactRejected("the version was not loaded within "
                + config.loadTimeout().toMillis() + " ms (weir.registry.load-timeout)");
    }

    private Result load(Demand demand, LoadAttempt attempt) {
        ModelArtifact artifact;
        try {
            artifact = fetch(demand.ref());
            requireWanted(demand, artifact.manifest());
        } catch (ArtifactRejected e) {
            gate.reject(attempt, e);
            return new Result.Refused(true);
        } catch (RegistryUnavailable e) {
            gate.reject(attempt, new ArtifactRejected(e.publicMessage(), e.getCause()));
            return new Result.Refused(false);
        }
        try {
            return new Result.Loaded(gate.load(artifact, attempt));
        } catch (ArtifactRejected e) {
            // The gate has said why. Files can't be blamed for a disk that can't be read, or for a lack of memory.
            return new Result.Refused(
                    e.isLasting() && !(e.getCause() instanceof IOException || e.getCause() instanceof Error));
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
