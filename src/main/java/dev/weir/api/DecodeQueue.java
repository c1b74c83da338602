package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.servable.ComputePool;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Decodes large bodies on compute threads, so that they do not hold up other callers' connections. Bounded, and only
 * while somebody waits: the deadline and a caller's leave are noticed here too. Thread-safe.
 */
@Singleton
public class DecodeQueue {

    /** Bodies up to this size are decoded on the event loop. */
    private static final int EVENT_LOOP_BYTES = 32 << 10;

    /** More could hardly be decoded within anybody's deadline; their bytes are bounded by the byte budget. */
    private static final int MAX_WAITING = 256;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final ComputePool compute;
    private final AtomicInteger waiting = new AtomicInteger();

    /** Uses the compute threads. */
    @Inject
    public DecodeQueue(Vertx vertx, ComputePool compute) {
        this.vertx = vertx;
        this.compute = compute;
    }

    /** Says whether a body is so large that it is decoded here. */
    public static boolean isFor(int bytes) {
        return bytes > EVENT_LOOP_BYTES;
    }

    /**
     * Decodes a body later, unless its exchange ends first. Call on the exchange's event loop, once.
     *
     * @param millisLeft how long the caller waits, in milliseconds
     * @param decode runs on a compute thread and leads on to the prediction; what it throws refuses the request
     * @throws Overloaded when too many wait already, or the server is shutting down; nothing happens then
     */
    public void submit(Exchange exchange, long millisLeft, Runnable decode) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            throw new Overloaded(
                    FailureCode.QUEUE_FULL, "too many large requests wait to be decoded; try again", RETRY_AFTER);
        }
        long timer = vertx.setTimer(Math.max(1, millisLeft), id -> exchange.expire());
        Task task = new Task(exchange, timer, decode);
        exchange.working(task::drop);
        try {
            compute.execute(task);
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            vertx.cancelTimer(timer);
            throw new Overloaded(FailureCode.SHUTTING_DOWN, "the server is shutting down", RETRY_AFTER);
        }
    }

    /** Holds the body, by way of its action, until a thread takes it or nobody wants it any more. */
    private final class Task implements Runnable {

        private final Exchange exchange;
        private final long timer;
        private final AtomicReference<@Nullable Runnable> action;

        Task(Exchange exchange, long timer, Runnable action) {
            this.exchange = exchange;
            this.timer = timer;
            this.action = new AtomicReference<>(action);
        }

        @Override
        public void run() {
            waiting.decrementAndGet();
            Runnable claimed = action.getAndSet(null);
            if (claimed == null) {
                return;
            }
            try {
                claimed.run();
            } catch (Throwable e) {
                exchange.refuse(e);
            } finally {
                vertx.cancelTimer(timer);
            }
        }

        /** Gives the body up if no thread took it; who took it sees for itself that the exchange is over. */
        void drop() {
            if (action.getAndSet(null) != null) {
                vertx.cancelTimer(timer);
                exchange.memory().close();
            }
        }
    }
}
