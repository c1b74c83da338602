package dev.weir.api.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.weir.api.Exchange;
import dev.weir.api.KeptAnswers;
import dev.weir.api.RequestScope;
import dev.weir.api.http.Headers;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One unary call and its answer. */
final class GrpcCall extends Exchange {

    private static final int PREFIX_BYTES = 5;
    private static final long NO_ERROR = 0;

    GrpcCall(HttpServerRequest request, Context context, RequestScope scope, RequestMemory memory) {
        super(request, context, scope, memory);
    }

    /** Answers with a message. */
    void succeed(MessageLite message, Consumer<MultiMap> headers) {
        succeed(frame(message), headers);
    }

    /** Answers with what an earlier call with the same key was answered. */
    void replay(KeptAnswers.KeptAnswer answer) {
        memory().close();
        succeed(answer.body(), headers -> {
            answer.headers().forEach(header -> headers.set(header.getKey(), header.getValue()));
            headers.set(Headers.IDEMPOTENCY_REPLAYED, "true");
        });
    }

    private void succeed(Buffer framed, Consumer<MultiMap> headers) {
        if (claim()) {
            keep(() -> {
                MultiMap kept = MultiMap.caseInsensitiveMultiMap();
                headers.accept(kept);
                return new KeptAnswers.KeptAnswer(GrpcHeaders.CONTENT_TYPE, kept.entries(), framed);
            });
            end(null, () -> {
                HttpServerResponse response = begin();
                headers.accept(response.headers());
                response.putTrailer(GrpcHeaders.STATUS, GrpcHeaders.OK);
                response.end(framed).onComplete(done -> scope().left());
            });
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

    @Override
    protected void writeFailure(WeirException failure, @Nullable PredictionId id) {
        HttpServerResponse response = begin();
        FailureTrailers.write(response, failure, scope().id(), id);
        response.end().onComplete(done -> scope().left());
        if (!request().isEnded()) {
            // The answer is complete; what is still to come of the request is not wanted (RFC 9113, 8.1).
            response.reset(NO_ERROR);
        }
    }

    private HttpServerResponse begin() {
        return request()
                .response()
                .putHeader(HttpHeaders.CONTENT_TYPE, GrpcHeaders.CONTENT_TYPE)
                .putHeader(Headers.REQUEST_ID, scope().id().value());
    }
}
