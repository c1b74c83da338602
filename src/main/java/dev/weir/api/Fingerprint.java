package dev.weir.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A digest over all of a request that its answer depends on, to tell the same request from another. */
public final class Fingerprint {

    private static final List<CharSequence> HEADERS = List.of(
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.ACCEPT,
            HttpHeaders.createOptimized("Inference-Header-Content-Length"),
            HttpHeaders.createOptimized("Weir-On-Row-Error"));

    private Fingerprint() {}

    /** Returns the digest of a request with this body. */
    public static byte[] of(HttpServerRequest request, byte[] body, int offset, int length) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every platform has SHA-256", e);
        }
        add(digest, String.valueOf(request.path()));
        for (CharSequence header : HEADERS) {
            add(digest, request.getHeader(header));
        }
        digest.update(body, offset, length);
        return digest.digest();
    }

    private static void add(MessageDigest digest, @Nullable String text) {
        digest.update(text == null ? new byte[] {1} : text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
