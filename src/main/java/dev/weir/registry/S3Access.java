package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** What the configuration says of a bucket and of the way to it. Refuses it naming the key that is missing or wrong. */
final class S3Access {

    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._-]{3,255}");

    private S3Access() {}

    /** Returns the bucket's name. */
    static String bucket(S3Config config) {
        return config.bucket()
                .filter(name -> BUCKET.matcher(name).matches())
                .orElseThrow(() -> refused("bucket", "must name the bucket of model versions"));
    }

    /** Returns what every key begins with: nothing, or something that ends with a slash. */
    static String prefix(S3Config config) {
        String prefix = config.prefix().orElse("").replaceAll("^/+|/+$", "");
        if (!prefix.isEmpty() && !PREFIX.matcher(prefix).matches()) {
            throw refused("prefix", "must be names of A-Z a-z 0-9 . _ - with / between them");
        }
        return prefix.isEmpty() ? "" : prefix + "/";
    }

    /** Makes a client; asks nobody yet. */
    static S3Client client(S3Config config) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(config.connectTimeout())
                        .socketTimeout(config.readTimeout())
                        .build())
                .overrideConfiguration(override -> override.apiCallTimeout(config.timeout())
                        .retryStrategy(retries -> retries.maxAttempts(config.attempts())))
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

    private static ConfigurationRejected refused(String key, String why) {
        return new ConfigurationRejected(List.of("weir.registry.s3." + key + ": " + why));
    }
}
