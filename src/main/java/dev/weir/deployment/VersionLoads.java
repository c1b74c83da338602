package dev.weir.deployment;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.ModelSource;
import dev.weir.servable.LoadAttempt;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.Servable;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Loads versions, some at a time, and none for longer than it may take.
 *
 * <p>Each load has a thread of its own, because nothing can stop a native call that hangs: such a thread is left
 * behind, and does not keep the process alive. The threads of {@code watchers} only wait for those.
 */
final class VersionLoads {

    private static final Log LOG = Log.of(VersionLoads.class);

    private final DeploymentConfig config;
    private final ModelSource source;
    private final LoadGate gate;
    private final Map<VersionRef, Servable> loaded = new ConcurrentHashMap<>();

    VersionLoads(DeploymentConfig config, ModelSource source, LoadGate gate) {
        this.config = config;
        this.source = source;
        this.gate = gate;
    }

    /**
     * Tries every version, and returns those that passed the gate. Blocks until the last was tried, or the process is
     * told to end.
     */
    Map<VersionRef, Servable> load(Set<VersionRef> refs) {
        ExecutorService watchers = Executors.newFixedThreadPool(
                Math.max(1, config.parallelLoads()),
                Thread.ofPlatform().name("weir-load-watch-", 0).daemon().factory());
        Thread giveUp = new Thread(watchers::shutdownNow, "weir-load-stop");
        try {
            Runtime.getRuntime().addShutdownHook(giveUp);
        } catch (IllegalStateException e) {
            return Map.of(); // the process ends already
        }
        try (watchers) {
            refs.stream().takeWhile(ref -> !watchers.isShutdown()).forEach(ref -> watchers.execute(() -> watch(ref)));
        } finally {
            keepAway(giveUp);
        }
        return loaded;
    }

    private static void keepAway(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and the hook has run
        }
    }

    private void watch(VersionRef ref) {
        LoadAttempt attempt = gate.begin(ref);
        Thread loader = Thread.ofPlatform().name("weir-load-" + ref).daemon().start(() -> load(attempt));
        try {
            if (!loader.join(config.loadTimeout()) && !gate.reject(attempt, tooSlow())) {
                loader.join();
            }
        } catch (InterruptedException e) {
            gate.reject(attempt, new ArtifactRejected("the server was stopped before the version was loaded"));
            Thread.currentThread().interrupt();
        }
    }

    private ArtifactRejected tooSlow() {
        return new ArtifactRejected("the version was not loaded within "
                + config.loadTimeout().toMillis() + " ms (weir.deployments.load-timeout)");
    }

    private void load(LoadAttempt attempt) {
        VersionRef ref = attempt.ref();
        ModelArtifact artifact;
        try {
            artifact = source.fetch(ref);
        } catch (ArtifactRejected e) {
            gate.reject(attempt, e);
            return;
        } catch (RuntimeException e) {
            gate.reject(attempt, new ArtifactRejected("the version can't be fetched", e));
            return;
        }
        try {
            loaded.put(ref, gate.load(artifact, attempt));
        } catch (ArtifactRejected e) {
            LOG.debug("version left out")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .write();
        }
    }
}
