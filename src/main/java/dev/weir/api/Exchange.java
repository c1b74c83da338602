package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import dev.weir.serving.Predictions;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, whatever the protocol. Answers exactly once, whoever is first: a result, a failure, the
 * deadline, or nobody, when the caller is gone.
 *
 * <p>Read on the event loop; answered from any thread, written on the event loop. What runs for the request says so by
 * {@link #working}, one thing after another, and is stopped when nobody waits for it any more. Whatever is working owns
 * the request's memory: a deadline never frees what another thread still fills.
 */
public abstract class Exchange {

    private static final Log LOG = Log.of(Exchange.class);
    private static final long INTERNAL_ERROR = 2;

    private final HttpServerRequest request;
    private final Context context;
    private final RequestScope scope;
    private final RequestMemory memory;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile boolean dropped;
    private volatile Predictions.@Nullable Call working;
    private volatile KeptAnswers.@Nullable Turn turn;

    /** Begins an exchange on the event loop that {@code context} belongs to. */
    protected Exchange(HttpServerRequest request, Context context, RequestScope scope, RequestMemory memory) {
        this.request = request;
        this.context = context;
        this.scope = scope;
        this.memory = memory;
    }

    /** Returns the request. */
    public final HttpServerRequest request() {
        return request;
    }

    /** Returns the request's event loop. */
    public final Context context() {
        return context;
    }

    /** Returns the request's id, trace and counters. */
    public final RequestScope scope() {
        return scope;
    }

    /** Returns the memory the request holds. Whoever starts a prediction hands it over. */
    public final RequestMemory memory() {
        return memory;
    }

    /** Takes note that the answer is to be kept, or the key to be forgotten if there is none. */
    public final void turn(KeptAnswers.Turn first) {
        turn = first;
        if (isAnswered()) {
            first.forget();
        }
    }

    /** Keeps an answer that is about to be written, if its request has a key. */
    protected final void keep(Supplier<KeptAnswers.KeptAnswer> answer) {
        KeptAnswers.Turn first = turn;
        if (first != null) {
            first.keep(answer.get());
        }
    }

    private void forget() {
        KeptAnswers.Turn first = turn;
        if (first != null) {
            first.forget();
        }
    }

    /** Says whether the answer is decided, or nobody waits for one. */
    public final boolean isAnswered() {
        return answered.get();
    }

    /** Notices from now on when the caller goes away. Call on the event loop, before the request is answered. */
    public final void watch() {
        request.response().closeHandler(gone -> leave());
    }

    /**
     * Takes note of what works on the request from now on, to stop it if nobody waits for it any more.
     *
     * @param work is cancelled at once if that is so already
     */
    public final void working(Predictions.Call work) {
        working = work;
        if (dropped) {
            work.cancel();
        }
    }

    /**
     * Answers a failure before a prediction was started, and gives the request's memory back.
     *
     * @param thrown what happened; anything that is not ours is an internal error
     */
    public final void refuse(Throwable thrown) {
        memory.close();
        fail(RequestScope.failure(thrown), null);
    }

    /**
     * Answers a failure.
     *
     * @param id the attempt, or null when it came to none
     */
    public final void fail(WeirException failure, @Nullable PredictionId id) {
        if (claim()) {
            end(failure, () -> writeFailure(failure, id));
        }
    }

    /** Answers that the deadline passed, and stops what works on the request. */
    public final void expire() {
        if (claim()) {
            PredictionFailed failure = Predictions.expired();
            end(failure, () -> writeFailure(failure, null));
            stopWork();
        }
    }

    /** Ends without an answer, because the caller is gone, and stops what works on the request. */
    public final void leave() {
        if (claim()) {
            forget();
            scope.failed(new PredictionFailed(FailureCode.CANCELLED, "the caller went away"));
            scope.left();
            stopWork();
        }
    }

    private void stopWork() {
        dropped = true;
        Predictions.Call work = working;
        if (work != null) {
            work.cancel();
        }
    }

    /** Claims the answer; who gets true must {@link #end} the request. */
    protected final boolean claim() {
        return answered.compareAndSet(false, true);
    }

    /**
     * Counts the end of a request and writes its answer.
     *
     * @param failure what is answered, or null when the request succeeded
     * @param write runs on the event loop; makes sure that {@link RequestScope#left} is called when the answer is out
     */
    protected final void end(@Nullable WeirException failure, Runnable write) {
        try {
            if (failure == null) {
                scope.succeeded();
            } else {
                forget();
                scope.failed(failure);
            }
            if (context.equals(Vertx.currentContext())) {
                tryToWrite(write);
            } else {
                context.runOnContext(v -> tryToWrite(write));
            }
        } catch (Throwable cause) {
            breakOff(cause);
        }
    }

    private void tryToWrite(Runnable write) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            scope.left();
            return;
        }
        try {
            write.run();
        } catch (Throwable cause) {
            breakOff(cause);
        }
    }

    /** Writes a failure, on the event loop, to a response that takes one. */
    protected abstract void writeFailure(WeirException failure, @Nullable PredictionId id);

    /** Tells the caller in the only way left that no answer will come. */
    private void breakOff(Throwable cause) {
        scope.left();
        if (isHttp2()) {
            request.response().reset(INTERNAL_ERROR);
        } else {
            request.connection().close();
        }
        LOG.error("an answer can't be written")
                .with(LogKey.REQUEST_ID, scope.id())
                .cause(cause)
                .write();
    }

    /** Says whether the request came by HTTP/2. */
    protected final boolean isHttp2() {
        return request.version() == HttpVersion.HTTP_2;
    }
}
