package dev.weir.serving;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The few threads that go on with requests that waited for the prediction log: those whose record is on disk, and those that
 * have room for one. Neither the log's own thread does that, for whom all others wait, nor the compute threads, where an answer
 * would stand behind the native calls of other requests. What waits here is bounded by the requests that are under way.
 */
@Singleton
class AnswerPool implements Executor {

    private static final int THREADS = 2;
    private static final long END_SECONDS = 5;

    private final ExecutorService threads = Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("weir-answer-", 0).daemon().factory());

    /**
     * Runs a task soon.
     *
     * @throws java.util.concurrent.RejectedExecutionException when the server stops
     */
    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @PreDestroy
    void stop() throws InterruptedException {
        threads.shutdown();
        threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    }
}
