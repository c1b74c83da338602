package dev.weir.servable;

import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The bounded platform threads that run native calls and decode large bodies.
 *
 * <p>Its queue needs no bound of its own, because whoever uses it has one: each version's {@link Lane} lets in no more
 * than its concurrency cap, and large bodies wait here to be decoded only up to a fixed number.
 */
@Singleton
public class ComputePool implements Executor {

    private static final Log LOG = Log.of(ComputePool.class);

    private final ThreadPoolExecutor executor;
    private final int threads;
    private final long drainMillis;

    /** Starts the threads. */
    @Inject
    public ComputePool(ComputeConfig config) {
        this(
                config.threads().orElse(Runtime.getRuntime().availableProcessors()),
                config.drainTimeout().toMillis());
    }

    /**
     * Starts the threads.
     *
     * @param threads how many, at least 1
     * @param drainMillis how long {@link #close} waits for running calls
     */
    public ComputePool(int threads, long drainMillis) {
        this.threads = threads;
        this.drainMillis = drainMillis;
        this.executor = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedTransferQueue<>(),
                Thread.ofPlatform().name("weir-compute-", 0).daemon().factory());
        this.executor.prestartAllCoreThreads();
    }

    /** Returns the number of threads. */
    public int threads() {
        return threads;
    }

    /**
     * Runs a task on a compute thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException when the pool is closed
     */
    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    /** Takes nothing new and waits for what runs. */
    @PreDestroy
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(drainMillis, TimeUnit.MILLISECONDS)) {
                LOG.warn("compute threads still busy at shutdown")
                        .with(LogKey.COUNT, executor.getActiveCount())
                        .write();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
