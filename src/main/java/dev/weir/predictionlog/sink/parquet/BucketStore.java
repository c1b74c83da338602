package dev.weir.predictionlog.sink.parquet;

import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects in a bucket. */
final class BucketStore implements FileStore {

    private final Supplier<S3Client> clients;
    private final String bucket;
    private final String prefix;
    private @Nullable S3Client client;

    /**
     * Reaches nobody yet.
     *
     * @param clients makes a client when one is needed
     * @param prefix what keys begin with: nothing, or something that ends with a slash
     */
    BucketStore(Supplier<S3Client> clients, String bucket, String prefix) {
        this.clients = clients;
        this.bucket = bucket;
        this.prefix = prefix;
    }

    private S3Client client() {
        S3Client open = client;
        if (open == null) {
            open = clients.get();
            client = open;
        }
        return open;
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        asked(() -> client().putObject(
                        request -> request.bucket(bucket).key(prefix + name), RequestBody.fromBytes(content)));
    }

    @Override
    public byte @Nullable [] get(String name) throws IOException {
        return this.<byte @Nullable []>asked(() -> {
            try {
                return client().getObjectAsBytes(
                                request -> request.bucket(bucket).key(prefix + name))
                        .asByteArray();
            } catch (NoSuchKeyException e) {
                return null;
            }
        });
    }

    private <T extends @Nullable Object> T asked(Supplier<T> request) throws IOException {
        try {
            return request.get();
        } catch (ApiCallTimeoutException e) {
            throw new SinkTrouble(Trouble.TIMEOUT, "the store takes too long", e);
        } catch (S3Exception e) {
            throw new SinkTrouble(word(e.statusCode()), "the store answers with status " + e.statusCode(), e);
        } catch (SdkException e) {
            throw new SinkTrouble(Trouble.UNREACHABLE, "the store can't be reached", e);
        }
    }

    private static Trouble word(int status) {
        return switch (status) {
            case 401 -> Trouble.UNAUTHENTICATED;
            case 403 -> Trouble.FORBIDDEN;
            case 404 -> Trouble.MISSING;
            default -> Trouble.UNREACHABLE;
        };
    }

    @Override
    public void close() {
        S3Client open = client;
        client = null;
        if (open != null) {
            open.close();
        }
    }
}
