package dev.weir.api.grpc;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What gRPC itself says in headers and trailers (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
final class GrpcHeaders {

    private static final String FAMILY = "application/grpc";

    static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized(FAMILY);
    static final CharSequence STATUS = HttpHeaders.createOptimized("grpc-status");
    static final CharSequence OK = HttpHeaders.createOptimized("0");
    static final CharSequence MESSAGE = HttpHeaders.createOptimized("grpc-message");
    static final CharSequence DETAILS = HttpHeaders.createOptimized("grpc-status-details-bin");
    static final CharSequence ACCEPT_ENCODING = HttpHeaders.createOptimized("grpc-accept-encoding");
    static final CharSequence IDENTITY = HttpHeaders.createOptimized("identity");
    static final CharSequence CODE = HttpHeaders.createOptimized("weir-code");
    static final CharSequence FIELD = HttpHeaders.createOptimized("weir-field");
    static final CharSequence LIMIT = HttpHeaders.createOptimized("weir-limit");

    private static final CharSequence TIMEOUT = HttpHeaders.createOptimized("grpc-timeout");
    private static final String PROTO = "application/grpc+proto";
    private static final int MAX_TIMEOUT_DIGITS = 8;
    private static final String HEX = "0123456789ABCDEF";

    private GrpcHeaders() {}

    /** Says whether a request is gRPC, whatever it calls. */
    static boolean isGrpc(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return request.version() == HttpVersion.HTTP_2
                && type != null
                && type.regionMatches(true, 0, FAMILY, 0, FAMILY.length());
    }

    /**
     * Checks that a call is made as Protocol Buffers over POST.
     *
     * @throws RequestRejected when it is not
     */
    static void requireProto(HttpServerRequest request) {
        if (!HttpMethod.POST.equals(request.method())) {
            throw new RequestRejected(FailureCode.METHOD_NOT_ALLOWED, "gRPC calls are made with POST");
        }
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        int end = type.indexOf(';');
        String bare = (end < 0 ? type : type.substring(0, end)).strip();
        if (!bare.equalsIgnoreCase(FAMILY) && !bare.equalsIgnoreCase(PROTO)) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_MEDIA_TYPE, "messages must be Protocol Buffers", "content-type");
        }
    }

    /**
     * Returns how long the caller waits as gRPC's own deadline says, or null.
     *
     * @throws RequestRejected when it is no timeout
     */
    static @Nullable Duration timeout(HttpServerRequest request) {
        String text = request.getHeader(TIMEOUT);
        return text == null ? null : timeout(text);
    }

    static Duration timeout(String text) {
        int digits = text.length() - 1;
        if (digits < 1
                || digits > MAX_TIMEOUT_DIGITS
                || !text.chars().limit(digits).allMatch(c -> c >= '0' && c <= '9')) {
            throw invalidTimeout();
        }
        long amount = Long.parseLong(text, 0, digits, 10);
        return switch (text.charAt(digits)) {
            case 'H' -> Duration.ofHours(amount);
            case 'M' -> Duration.ofMinutes(amount);
            case 'S' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMillis(amount);
            case 'u' -> Duration.ofNanos(amount * 1000);
            case 'n' -> Duration.ofNanos(amount);
            default -> throw invalidTimeout();
        };
    }

    private static RequestRejected invalidTimeout() {
        return new RequestRejected(
                FailureCode.INVALID_HEADER, "a timeout is 1 to 8 digits and one of H M S m u n", TIMEOUT.toString());
    }

    /** Returns a text as a header may hold it: everything but printable ASCII, and per cent signs, as %XX of UTF-8. */
    static String percentEncode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder encoded = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            if (b >= ' ' && b <= '~' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HEX.charAt((b >> 4) & 0xF)).append(HEX.charAt(b & 0xF));
            }
        }
        return encoded.toString();
    }
}
