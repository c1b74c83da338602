package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
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

    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._-]{3,255}");
    private static final int PRECONDITION_FAILED = 412;
    private static final String SILENT = "the store does not answer";

    /** What an object has beside its bytes. */
    record Facts(
            long bytes,
            String etag,
            @Nullable String sha256,
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

    private S3Objects(S3Client client, String bucket, String prefix) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
    }

    /**
     * Makes a client; asks nobody yet.
     *
     * @throws ConfigurationRejected naming the keys that are missing or wrong
     */
    static S3Objects open(S3Config config) {
        String bucket = config.bucket()
                .filter(name -> BUCKET.matcher(name).matches())
                .orElseThrow(() -> refused("bucket", "must name the bucket of model versions"));
        String prefix = config.prefix().orElse("").replaceAll("^/+|/+$", "");
        if (!prefix.isEmpty() && !PREFIX.matcher(prefix).matches()) {
            throw refused("prefix", "must be names of A-Z a-z 0-9 . _ - with / between them");
        }
        return new S3Objects(client(config), bucket, prefix.isEmpty() ? "" : prefix + "/");
    }

    private static ConfigurationRejected refused(String key, String why) {
        return new ConfigurationRejected(List.of("weir.registry.s3." + key + ": " + why));
    }

    private static S3Client client(S3Config config) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(config.connectTimeout())
                        .socketTimeout(config.readTimeout())
                        .build())
                .overrideConfiguration(
                        override -> override.retryStrategy(retries -> retries.maxAttempts(config.attempts())))
                .credentialsProvider(DefaultCredentialsProvider.builder().build())
                .forcePathStyle(config.pathStyle())
                // Not every store knows these; what matters is checked by SHA-256.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        config.endpoint().ifPresent(endpoint -> builder.endpointOverride(requireAddress(endpoint)));
        // With an address of its own a store does not care, and nobody should wait for a search that finds none.
        config.region()
                .or(() -> config.endpoint().map(endpoint -> "us-east-1"))
                .ifPresent(region -> builder.region(Region.of(region)));
        try {
            return builder.build();
        } catch (SdkClientException e) {
            throw new ConfigurationRejected(
                    List.of("weir.registry.s3.region: is not set, nor does the environment name one"), e);
        }
    }

    private static URI requireAddress(URI endpoint) {
        String scheme = String.valueOf(endpoint.getScheme());
        if (!(scheme.equals("http") || scheme.equals("https")) || endpoint.getHost() == null) {
            throw refused("endpoint", "must be an http or https address");
        }
        if (endpoint.getUserInfo() != null) {
            throw refused("endpoint", "must not hold credentials");
        }
        return endpoint;
    }

    /** Returns every object, in order of keys. */
    void list(String below, Consumer<S3Object> each) {
        asked(() -> {
            ListObjectsV2Request request = ListObjectsV2Request.builder()
                    .bucket(bucket)
                    .prefix(prefix + below)
                    .build();
            for (ListObjectsV2Response page : client.listObjectsV2Paginator(request)) {
                page.contents()
                        .forEach(object -> each.accept(object.toBuilder()
                                .key(object.key().substring(prefix.length()))
                                .build()));
            }
            return below;
        });
    }

    /** Returns what an object has beside its bytes, or null when there is none. */
    @Nullable
    Facts head(String key) {
        return orNull(() -> {
            HeadObjectResponse head =
                    client.headObject(request -> request.bucket(bucket).key(prefix + key));
            return new Facts(head.contentLength(), head.eTag(), head.metadata().get(SHA256), head.lastModified());
        });
    }

    /**
     * Returns an object whole, or null when there is none.
     *
     * @throws IOException when it is larger
     */
    @Nullable
    Content read(String key, int maxBytes) throws IOException {
        try (ResponseInputStream<GetObjectResponse> in = open(key)) {
            if (in == null) {
                return null;
            }
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                in.abort();
                throw new TooLarge();
            }
            return new Content(bytes, in.response().eTag());
        } catch (TooLarge e) {
            throw e;
        } catch (IOException | UncheckedIOException | SdkException e) {
            throw new RegistryUnavailable("the registry broke off while it was read", e);
        }
    }

    /** An object has more bytes than it may. */
    static final class TooLarge extends IOException {
        TooLarge() {
            super("the object is too large");
        }
    }

    /** Opens an object, or returns null when there is none. The caller closes it, or aborts it to leave the rest. */
    @Nullable
    ResponseInputStream<GetObjectResponse> open(String key) {
        return orNull(() -> client.getObject(request -> request.bucket(bucket).key(prefix + key)));
    }

    /** Writes an object if the condition holds, and says whether it did. */
    boolean put(String key, byte[] content, Condition condition) {
        return put(key, RequestBody.fromBytes(content), Map.of(), condition);
    }

    /** Writes an object from a file if the condition holds, and says whether it did. */
    boolean put(String key, Path file, String sha256, Condition condition) {
        return put(key, RequestBody.fromFile(file), Map.of(SHA256, sha256), condition);
    }

    private boolean put(String key, RequestBody body, Map<String, String> metadata, Condition condition) {
        PutObjectRequest.Builder request =
                PutObjectRequest.builder().bucket(bucket).key(prefix + key).metadata(metadata);
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
                if (e.statusCode() == PRECONDITION_FAILED
                        || e.statusCode() == 409
                        || (e.statusCode() == 404 && condition instanceof Condition.Still && isNoKey(e))) {
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

    private static <T> @Nullable T orNull(Supplier<T> request) {
        return S3Objects.<@Nullable T>asked(() -> {
            try {
                return request.get();
            } catch (S3Exception e) {
                if (e.statusCode() == 404 && isNoKey(e)) {
                    return null;
                }
                throw e;
            }
        });
    }

    private static boolean isNoKey(S3Exception e) {
        // An answer without a body, as to HEAD, can't say whether it is the key or the bucket that is missing.
        return e.awsErrorDetails() == null
                || !"NoSuchBucket".equals(e.awsErrorDetails().errorCode());
    }

    private static <T extends @Nullable Object> T asked(Supplier<T> request) {
        try {
            return request.get();
        } catch (SdkException e) {
            throw new RegistryUnavailable("the registry's bucket can't be used: " + explain(e), e);
        } catch (UncheckedIOException e) { // what a client that reads an answer throws, of all it may
            throw new RegistryUnavailable("the registry's bucket can't be used: " + SILENT, e);
        }
    }

    private static String explain(SdkException e) {
        if (!(e instanceof S3Exception answer)) {
            return String.valueOf(e.getMessage()).contains("credentials") ? "there are no credentials for it" : SILENT;
        }
        String code = answer.awsErrorDetails() == null
                ? ""
                : String.valueOf(answer.awsErrorDetails().errorCode());
        if (code.equals("NoSuchBucket")) {
            return "there is no such bucket";
        }
        return switch (answer.statusCode()) {
            case 301, 307 -> "it is in another region (weir.registry.s3.region)";
            case 401, 403 -> "the store refuses access (HTTP " + answer.statusCode() + ")";
            case 429, 503 -> "the store asks for fewer requests (HTTP " + answer.statusCode() + ")";
            default -> "the store answers HTTP " + answer.statusCode();
        };
    }

    @Override
    public void close() {
        client.close();
    }
}
