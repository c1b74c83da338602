package dev.weir.api.grpc;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.weir.api.StatusTable;
import dev.weir.api.http.Headers;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * How a failure looks in trailers: gRPC's status and message, our code with its particulars, and both once more in the
 * form of {@code google.rpc.Status}, which client libraries know how to unpack.
 */
final class FailureTrailers {

    private static final String DOMAIN = "weir.dev";

    /** Clients accept about 8 KiB of headers by default, and a message may list every input of a model. */
    private static final int MAX_MESSAGE = 1000;

    private FailureTrailers() {}

    /** Writes them into an answer that has nothing else. */
    static void write(
            HttpServerResponse response, WeirException failure, RequestId requestId, @Nullable PredictionId id) {
        int status = StatusTable.grpc(failure.code()).value();
        String message = shortened(failure.publicMessage());
        ErrorInfo.Builder info = ErrorInfo.newBuilder()
                .setReason(failure.code().name())
                .setDomain(DOMAIN)
                .putMetadata("request_id", requestId.value());
        response.putHeader(GrpcHeaders.STATUS, Integer.toString(status));
        response.putHeader(GrpcHeaders.MESSAGE, GrpcHeaders.percentEncode(message));
        response.putHeader(GrpcHeaders.CODE, failure.code().name());
        if (failure instanceof RequestRejected rejected) {
            String field = rejected.field();
            if (field != null) {
                info.putMetadata("field", field);
                response.putHeader(GrpcHeaders.FIELD, GrpcHeaders.percentEncode(field));
            }
            Long limit = rejected.limit();
            if (limit != null) {
                info.putMetadata("limit", limit.toString());
                response.putHeader(GrpcHeaders.LIMIT, limit.toString());
            }
        }
        if (id != null) {
            info.putMetadata("prediction_id", id.toString());
            response.putHeader(Headers.PREDICTION_ID, id.toString());
        }
        if (failure.code() == FailureCode.UNSUPPORTED_MEDIA_TYPE) {
            response.putHeader(GrpcHeaders.ACCEPT_ENCODING, GrpcHeaders.IDENTITY);
        }
        com.google.rpc.Status.Builder details = com.google.rpc.Status.newBuilder()
                .setCode(status)
                .setMessage(message)
                .addDetails(Any.pack(info.build()));
        if (failure instanceof Overloaded overloaded) {
            Duration after = overloaded.retryAfter();
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, after.toSeconds())));
            details.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(com.google.protobuf.Duration.newBuilder()
                            .setSeconds(after.getSeconds())
                            .setNanos(after.getNano()))
                    .build()));
        }
        response.putHeader(
                GrpcHeaders.DETAILS,
                Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(details.build().toByteArray()));
    }

    private static String shortened(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }
}
