package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Lists a bucket, page by page, within the time that a look at it may take. Thread-safe. */
final class S3Pages {

    /** Of at most a thousand objects each. */
    private static final int MAX_PAGES = 10_000;

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final Duration timeout;

    S3Pages(S3Client client, String bucket, String prefix, Duration timeout) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.timeout = timeout;
    }

    /**
     * Returns every object, in order of keys. What was returned before this failed is a part, and means nothing.
     *
     * @throws RegistryUnavailable when the store can't be read, takes too long, or can't say where a page goes on
     */
    void list(String below, Consumer<S3Object> each) {
        long end = System.nanoTime() + timeout.toNanos();
        Set<String> tokens = new HashSet<>();
        for (String token = ""; token != null; ) {
            ListObjectsV2Response page = page(below, token, Duration.ofNanos(end - System.nanoTime()));
            page.contents()
                    .forEach(object -> each.accept(
                            object.toBuilder().key(withoutPrefix(object.key())).build()));
            token = Boolean.TRUE.equals(page.isTruncated()) ? next(page, tokens) : null;
        }
    }

    private ListObjectsV2Response page(String below, String token, Duration left) {
        if (!left.isPositive()) {
            throw S3Failures.tooSlow(timeout, null);
        }
        ListObjectsV2Request.Builder request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix + below)
                .overrideConfiguration(override -> override.apiCallTimeout(left));
        if (!token.isEmpty()) {
            request.continuationToken(token);
        }
        return S3Failures.asked(() -> client.listObjectsV2(request.build()), timeout);
    }

    /** Returns where the next page begins. A store that sends back to where one was already would do so for ever. */
    private static String next(ListObjectsV2Response page, Set<String> tokens) {
        String token = page.nextContinuationToken();
        if (token == null || token.isEmpty() || !tokens.add(token) || tokens.size() > MAX_PAGES) {
            throw S3Failures.unusable("the store does not say where its list goes on", null);
        }
        return token;
    }

    private String withoutPrefix(String key) {
        if (!key.startsWith(prefix)) {
            throw S3Failures.unusable("the store lists what it was not asked for", null);
        }
        return key.substring(prefix.length());
    }
}
