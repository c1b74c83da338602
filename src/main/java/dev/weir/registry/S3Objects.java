package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The objects below a prefix of a bucket, named by their keys without it. Everything that goes wrong is a {@link
 * RegistryUnavailable} whose message says what, but neither address nor credentials.
 */
final class S3Objects implements AutoCloseable {

    /** What an object was written with, to be found by those who would write the same. */
    static final String SHA256 = "weir-sha256";

    /** By which process it was written; see {@link S3Versions}. */
    static final String PUBLISHER = "weir-publisher";

    /** What must come or go in each {@code weir.registry.s3.timeout} of a large object. */
    private static final long LEAST_BYTES = 1 << 20;

    /** What an object has beside its bytes. */
    record Facts(
            long bytes,
            String etag,
            @Nullable String sha256,
            @Nullable String publisher,
            @Nullable Instant modifiedAt) {}

    /** A small object whole. */
    record Content(byte[] bytes, String etag) {}

    /** When an object may be written. */
    sealed interface Condition {

        /** When there is none. */
        record Absent() implements Condition {}

        /** When the one that is there is still this. */
        record Still(String etag) implements Condition {}
    }

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final Duration timeout;
    private final S3Pages pages;

    private S3Objects(S3Client client, String bucket, String prefix, Duration timeout) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.timeout = timeout;
        this.pages = new S3Pages(client, bucket, prefix, timeout);
    }

    /**
     * Makes a client; asks nobody yet.
     *
     * @throws ConfigurationRejected naming the key that is missing or wrong
     */
    static S3Objects open(S3Config config) {
        String bucket = S3Access.bucket(config);
        String prefix = S3Access.prefix(config);
        return new S3Objects(S3Access.client(config), bucket, prefix, config.timeout());
    }

    /**
     * Returns every object, in order of keys. What was returned before this failed is a part, and means nothing.
     *
     * @throws RegistryUnavailable when the store can't be read, takes too long, or can't say where a page goes on
     */
    void list(String below, Consumer<S3Object> each) {
        pages.list(below, each);
    }

    /** Returns what fails once a look that begins now takes too long, for who makes many requests in one. */
    Runnable patience() {
        long end = System.nanoTime() + timeout.toNanos();
        return () -> {
            if (System.nanoTime() - end > 0) {
                throw S3Failures.tooSlow(timeout, null);
            }
        };
    }

    /** Returns what an object has beside its bytes, or null when there is none. */
    @Nullable
    Facts head(String key) {
        return orNull(() -> {
            HeadObjectResponse head =
                    client.headObject(request -> request.bucket(bucket).key(prefix + key));
            Long bytes = head.contentLength();
            return new Facts(
                    bytes == null ? -1 : bytes,
                    head.eTag(),
                    head.metadata().get(SHA256),
                    head.metadata().get(PUBLISHER),
                    head.lastModified());
        });
    }

    /**
     * Returns an object whole, or null when there is none.
     *
     * @throws TooLarge when it is larger
     */
    @Nullable
    Content read(String key, int maxBytes) throws TooLarge {
        try (S3Body body = body(key, null)) {
            if (body == null) {
                return null;
            }
            // However much comes, it must be there in time.
            byte[] bytes = new PacedStream(body, Long.MAX_VALUE, timeout, System::nanoTime).readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new TooLarge();
            }
            return new Content(bytes, body.etag());
        } catch (TooLarge e) {
            throw e;
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    /** An object has more bytes than it may. */
    static final class TooLarge extends IOException {
        TooLarge() {
            super("the object is too large");
        }
    }

    private @Nullable S3Body body(String key, @Nullable String etag) {
        return orNull(() -> new S3Body(client.getObject(
                request -> request.bucket(bucket).key(prefix + key).ifMatch(etag))));
    }

    /**
     * Opens an object, or returns null when there is none; a read fails when its bytes come too slowly.
     *
     * @throws RegistryUnavailable when it can't be read
     */
    @Nullable
    InputStream open(String key) {
        S3Body body = body(key, null);
        return body == null ? null : paced(body);
    }

    private InputStream paced(S3Body body) {
        return new PacedStream(body, LEAST_BYTES, timeout, System::nanoTime);
    }

    /** What is done with an object's bytes. */
    interface Reader {

        /**
         * Reads an object.
         *
         * @param bytes how many it has; negative when the store does not say
         * @param in its bytes; fails when they come too slowly
         */
        void read(long bytes, InputStream in);
    }

    /**
     * Lets somebody read an object, and leaves the rest if that fails. Says whether there is one.
     *
     * @param etag what it must still be; null for anything
     * @throws RegistryUnavailable when it can't be read, is another by now, or comes too slowly
     */
    boolean read(String key, @Nullable String etag, Reader reader) {
        try (S3Body body = body(key, etag)) {
            if (body == null) {
                return false;
            }
            reader.read(body.length(), paced(body));
            return true;
        } catch (UncheckedIOException e) {
            throw brokenOff(e);
        }
    }

    private static RegistryUnavailable brokenOff(Exception e) {
        return new RegistryUnavailable("the registry broke off while it was read", e);
    }

    /** Writes an object if the condition holds, and says whether it did. */
    boolean put(String key, byte[] content, Condition condition) {
        return put(key, RequestBody.fromBytes(content), Map.of(), condition, timeout);
    }

    /** Writes an object from a file if the condition holds, with what it is found by, and says whether it did. */
    boolean put(String key, Path file, Map<String, String> metadata, Condition condition) throws IOException {
        Duration enough = timeout.multipliedBy(1 + Files.size(file) / LEAST_BYTES);
        return put(key, RequestBody.fromFile(file), metadata, condition, enough);
    }

    private boolean put(
            String key, RequestBody body, Map<String, String> metadata, Condition condition, Duration enough) {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(bucket)
                .key(prefix + key)
                .metadata(metadata)
                .overrideConfiguration(override -> override.apiCallTimeout(enough));
        switch (condition) {
            case Condition.Absent() -> request.ifNoneMatch("*");
            case Condition.Still(String etag) -> request.ifMatch(etag);
        }
        return asked(() -> {
            try {
                client.putObject(request.build(), body);
                return true;
            } catch (S3Exception e) {
                // 404: what should still be there is gone. 409: another writes it at this moment.
                if (e.statusCode() == S3Failures.PRECONDITION_FAILED
                        || e.statusCode() == 409
                        || (e.statusCode() == 404 && condition instanceof Condition.Still && S3Failures.isNoKey(e))) {
                    return false;
                }
                throw e;
            }
        });
    }

    /** Removes an object, or does nothing when there is none. */
    void delete(String key) {
        asked(() -> client.deleteObject(request -> request.bucket(bucket).key(prefix + key)));
    }

    /** Returns the keys below a key. */
    List<String> keys(String below) {
        List<String> keys = new ArrayList<>();
        list(below, object -> keys.add(object.key()));
        return keys;
    }

    private <T> @Nullable T orNull(Supplier<T> request) {
        return this.<@Nullable T>asked(() -> {
            try {
                return request.get();
            } catch (S3Exception e) {
                if (e.statusCode() == 404 && S3Failures.isNoKey(e)) {
                    return null;
                }
                throw e;
            }
        });
    }

    private <T extends @Nullable Object> T asked(Supplier<T> request) {
        return S3Failures.asked(request, timeout);
    }

    @Override
    public void close() {
        client.close();
    }
}
