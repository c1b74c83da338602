package dev.weir.predictionlog.sink.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.fixture.Records;
import dev.weir.fixture.S3Server;
import dev.weir.fixture.Unsealed;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.predictionlog.SubjectPayloads;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Parquet files in a bucket of a real server. */
class BucketSinkTest {

    @TempDir
    private Path directory;

    private static S3Client client() {
        return S3Client.builder()
                .endpointOverride(S3Server.shared().address())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test-secret")))
                .build();
    }

    private static ParquetSink sink(String bucket) {
        return new ParquetSink(
                "parquet",
                new BucketStore(BucketSinkTest::client, bucket, "log/"),
                new SinkPayloads(SubjectPayloads.CLEAR, Unsealed.SEAL),
                SignatureLookup.NONE,
                new ParquetSink.Limits(1 << 20, Duration.ofMinutes(15)),
                System::nanoTime);
    }

    @Test
    void shouldPutFilesIntoABucketAndRememberWhereItIs() throws Exception {
        try (S3Client client = client()) {
            client.createBucket(request -> request.bucket("forwarded"));
            try (ParquetSink sink = sink("forwarded")) {
                assertThat(sink.open("replica-1")).isEqualTo(Position.START);
                sink.write(List.of(
                        new StoredEntry("replica-1", new Position(1, 1, 1), true, Records.full(1)),
                        new StoredEntry("replica-1", new Position(1, 1, 2), true, Records.full(2))));
                sink.idle(true);
            }

            List<String> keys = client.listObjectsV2(request -> request.bucket("forwarded")).contents().stream()
                    .map(S3Object::key)
                    .toList();
            assertThat(keys)
                    .containsExactly(
                            "log/_positions/replica-1.json",
                            "log/predictions/deployment=iris/date=2026-01-02/hour=12/replica-1-1-1-2.parquet");
            Path file = directory.resolve("file.parquet");
            Files.write(
                    file,
                    client.getObjectAsBytes(
                                    request -> request.bucket("forwarded").key(keys.get(1)))
                            .asByteArray());
            assertThat(ParquetRows.read(file)).hasSize(4);
            try (ParquetSink again = sink("forwarded")) {
                assertThat(again.open("replica-1")).isEqualTo(new Position(1, 1, 2));
            }
        }
    }

    @Test
    void shouldSayThatTheBucketIsMissing() {
        try (ParquetSink sink = sink("not-there")) {
            assertThat(catchThrowable(() -> sink.open("replica-1")))
                    .isInstanceOfSatisfying(
                            SinkTrouble.class, e -> assertThat(e.trouble()).isEqualTo(Trouble.MISSING));
        }
    }
}
