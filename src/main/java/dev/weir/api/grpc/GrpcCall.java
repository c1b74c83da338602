package dev.weir.api.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.weir.api.RequestScope;
import dev.weir.api.http.Headers;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import dev.weir.serving.Predictions;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One unary call and its answer. Answers exactly once, whoever is first: a result, a failure, or nobody, when the caller
 * is gone.
 *
 * <p>Read on the event loop; answered from any thread, written on the event loop.
 */
final class GrpcCall {

    private static final int PREFIX_BYTES = 5;
    private static final long NO_ERROR = 0;

    private final HttpServerRequest request;
    private final Context context;
    private final RequestScope scope;
    private final RequestMemory memory;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile boolean gone;
    private volatile Predictions.@Nullable Call running;

    GrpcCall(HttpServerRequest request, Context context, RequestScope scope, RequestMemory memory) {
        this.request = request;
        this.context = context;
        this.scope = scope;
        this.memory = memory;
    }

    HttpServerRequest request() {
        return request;
    }

    RequestScope scope() {
        return scope;
    }

    /** Returns the memory the call holds. Whoever starts a prediction hands it over. */
    RequestMemory memory() {
        return memory;
    }

    boolean isAnswered() {
        return answered.get();
    }

    /** Answers with a message. */
    void succeed(MessageLite message, Consumer<HttpServerResponse> headers) {
        Buffer framed = frame(message);
        if (answered.compareAndSet(false, true)) {
            scope.succeeded();
            onLoop(() -> writeMessage(framed, headers));
        }
    }

    private static Buffer frame(MessageLite message) {
        int size = message.getSerializedSize();
        byte[] framed = new byte[Math.addExact(PREFIX_BYTES, size)];
        framed[1] = (byte) (size >>> 24);
        framed[2] = (byte) (size >>> 16);
        framed[3] = (byte) (size >>> 8);
        framed[4] = (byte) size;
        try {
            message.writeTo(CodedOutputStream.newInstance(framed, PREFIX_BYTES, size));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Buffer.buffer(framed);
    }

    /**
     * Answers a failure before a prediction was started, and gives the call's memory back.
     *
     * @param thrown what happened; anything that is not ours is an internal error
     */
    void refuse(Throwable thrown) {
        memory.close();
        fail(RequestScope.failure(thrown), null);
    }

    /**
     * Answers a failure.
     *
     * @param id the attempt, or null when it came to none
     */
    void fail(WeirException failure, @Nullable PredictionId id) {
        if (answered.compareAndSet(false, true)) {
            scope.failed(failure);
            onLoop(() -> writeFailure(failure, id));
        }
    }

    /** Takes note of what the caller waits for, to end it should the caller go away. */
    void running(Predictions.Call call) {
        running = call;
        if (gone) {
            call.cancel();
        }
    }

    /** Takes note that the stream is closed. Before an answer, that means that the caller went away. */
    void closed() {
        if (answered.compareAndSet(false, true)) {
            scope.failed(new PredictionFailed(FailureCode.CANCELLED, "the caller went away"));
            gone = true;
            Predictions.Call call = running;
            if (call != null) {
                call.cancel();
            }
        }
    }

    private void onLoop(Runnable write) {
        if (context.equals(Vertx.currentContext())) {
            write.run();
        } else {
            context.runOnContext(v -> write.run());
        }
    }

    private @Nullable HttpServerResponse begin() {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return null;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, GrpcHeaders.CONTENT_TYPE);
        response.putHeader(Headers.REQUEST_ID, scope.id().value());
        return response;
    }

    private void writeMessage(Buffer framed, Consumer<HttpServerResponse> headers) {
        HttpServerResponse response = begin();
        if (response != null) {
            headers.accept(response);
            response.putTrailer(GrpcHeaders.STATUS, GrpcHeaders.OK);
            response.end(framed);
        }
    }

    private void writeFailure(WeirException failure, @Nullable PredictionId id) {
        HttpServerResponse response = begin();
        if (response != null) {
            FailureTrailers.write(response, failure, scope.id(), id);
            response.end();
            if (!request.isEnded()) {
                // The answer is complete; what is still to come of the request is not wanted (RFC 9113, 8.1).
                response.reset(NO_ERROR);
            }
        }
    }
}
