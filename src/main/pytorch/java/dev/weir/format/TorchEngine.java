package dev.weir.format;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import dev.weir.failure.ArtifactRejected;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * DJL's PyTorch engine, which stays until the process is gone. It is started by the first model that needs it: it
 * unpacks 450 MB of native libraries once, and takes two to three seconds in every process.
 *
 * <p>DJL is told to download nothing and to report nothing: the libraries come from the class path or not at all.
 *
 * <p>Thread-safe; the lock is held while the engine starts.
 */
final class TorchEngine {

    private static final String NAME = "PyTorch";

    private final Path libraries;
    private @Nullable Engine engine;

    /**
     * Names where the native libraries are unpacked; nothing happens yet.
     *
     * @param libraries a directory that only this user can write, because what lies there is executed
     */
    TorchEngine(Path libraries) {
        this.libraries = libraries;
    }

    /**
     * Makes an owner of native memory on the processor, starting the engine if need be. Blocks.
     *
     * @throws ArtifactRejected when the engine can't run here; another try needs another process
     */
    PtNDManager manager() {
        return (PtNDManager) started().newBaseManager(Device.cpu());
    }

    private synchronized Engine started() {
        Engine running = engine;
        if (running == null) {
            running = start();
            engine = running;
        }
        return running;
    }

    private Engine start() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ENGINE_CACHE_DIR", libraries.toAbsolutePath().toString());
        // Both are settings of the process, read once; see the format's own word on threads.
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // DJL looks for its libraries, and for itself, through the thread's loader.
        thread.setContextClassLoader(Engine.class.getClassLoader());
        try {
            return Engine.getEngine(NAME);
        } catch (RuntimeException | LinkageError | AssertionError e) {
            throw new ArtifactRejected("PyTorch can't be started on this machine; the log says why", e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
