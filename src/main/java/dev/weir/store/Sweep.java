package dev.weir.store;

import dev.weir.telemetry.Log;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Does now and then what need not be done at once, such as forgetting what is old, on a thread of its own. */
public final class Sweep implements AutoCloseable {

    private static final Log LOG = Log.of(Sweep.class);

    private final ScheduledExecutorService timer;
    private final ScheduledFuture<?> sweeping;

    /**
     * Begins; the first time is at once.
     *
     * @param thread the thread's name
     * @param every how long to pause
     * @param task what to do; when it fails, it is tried again after the pause
     */
    public Sweep(String thread, Duration every, Runnable task) {
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name(thread).daemon().factory());
        sweeping = timer.scheduleWithFixedDelay(() -> run(task), 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) { // or nobody would try again
            LOG.error("sweep failed").cause(e).write();
        }
    }

    /** Does nothing more; waits for what is being done. */
    @Override
    public void close() {
        sweeping.cancel(false);
        timer.close();
    }
}
