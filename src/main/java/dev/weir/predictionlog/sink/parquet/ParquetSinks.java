package dev.weir.predictionlog.sink.parquet;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.predictionlog.sink.SinkProvider;
import dev.weir.predictionlog.sink.UnreachableSubjects;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Makes sinks of type {@code parquet}. */
@Singleton
public class ParquetSinks implements SinkProvider {

    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._-]{3,255}");

    private final SinkPayloads payloads;
    private final SignatureLookup signatures;
    private final UnreachableSubjects subjects;
    private final Ticker ticker;

    @Inject
    ParquetSinks(
            SinkPayloads payloads, Instance<SignatureLookup> signatures, UnreachableSubjects subjects, Ticker ticker) {
        this(
                payloads,
                context -> signatures.isResolvable() ? signatures.get().signature(context) : null,
                subjects,
                ticker);
    }

    ParquetSinks(SinkPayloads payloads, SignatureLookup signatures, UnreachableSubjects subjects, Ticker ticker) {
        this.payloads = payloads;
        this.signatures = signatures;
        this.subjects = subjects;
        this.ticker = ticker;
    }

    @Override
    public String type() {
        return "parquet";
    }

    @Override
    public LogSink make(String name, SinkConfig.Sink config, List<String> mistakes) {
        SinkConfig.Parquet parquet = config.parquet();
        return new ParquetSink(
                name,
                store(name, parquet, mistakes),
                payloads,
                signatures,
                new ParquetSink.Limits(parquet.maxBytes().asLongValue(), parquet.maxAge()),
                ticker);
    }

    private static FileStore store(String name, SinkConfig.Parquet config, List<String> mistakes) {
        String key = "weir.predictions.sinks." + name + ".parquet.";
        if (config.directory().isPresent() == config.bucket().isPresent()) {
            mistakes.add(key + "directory: set either this or a bucket");
        }
        if (config.directory().isPresent()) {
            return new DirectoryStore(config.directory().get());
        }
        String bucket = config.bucket().orElse("");
        if (config.bucket().isPresent() && !BUCKET.matcher(bucket).matches()) {
            mistakes.add(key + "bucket: must be the name of a bucket");
        }
        String prefix = config.prefix().orElse("").replaceAll("^/+|/+$", "");
        if (!prefix.isEmpty() && !PREFIX.matcher(prefix).matches()) {
            mistakes.add(key + "prefix: must be names of A-Z a-z 0-9 . _ - with / between them");
        }
        config.endpoint()
                .filter(endpoint -> !isAddress(endpoint))
                .ifPresent(endpoint ->
                        mistakes.add(key + "endpoint: must be an http or https address without credentials"));
        return new BucketStore(() -> client(config), bucket, prefix.isEmpty() ? "" : prefix + "/");
    }

    private static boolean isAddress(URI endpoint) {
        String scheme = String.valueOf(endpoint.getScheme());
        return (scheme.equals("http") || scheme.equals("https"))
                && endpoint.getHost() != null
                && endpoint.getUserInfo() == null;
    }

    private static S3Client client(SinkConfig.Parquet config) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(config.timeout())
                        .socketTimeout(config.timeout())
                        .build())
                .overrideConfiguration(override -> override.apiCallTimeout(config.timeout()))
                .credentialsProvider(DefaultCredentialsProvider.builder().build())
                .forcePathStyle(config.pathStyle())
                // Not every store knows these.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        config.endpoint().ifPresent(builder::endpointOverride);
        config.region()
                .or(() -> config.endpoint().map(endpoint -> "us-east-1"))
                .ifPresent(region -> builder.region(Region.of(region)));
        return builder.build();
    }

    /** Beside the files, through a store of its own: another thread writes those. */
    @Override
    public boolean keep(String name, SinkConfig.Sink config, SignedCheckpoint checkpoint) throws IOException {
        try (FileStore store = store(name, config.parquet(), new ArrayList<>())) {
            CheckpointObjects.keep(store, checkpoint);
        }
        return true;
    }

    @Override
    public SubjectEraser.Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys) {
        return subjects.evidence(name);
    }
}
