package dev.weir.predictionlog.sink.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.Records;
import dev.weir.fixture.S3Server;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.local.ChainHead;
import dev.weir.predictionlog.sink.SinkTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Checkpoints beside Parquet files, in a directory and in a bucket of a real server. */
class CheckpointObjectsTest {

    @TempDir
    private Path keys;

    @TempDir
    private Path directory;

    private SignedCheckpoint checkpoint(long seq, String head, Duration later) {
        return SignedCheckpoint.of(
                new ChainHead("replica/1", new Position(1, 2, seq), "sha256:" + head),
                Records.NOON.plus(later),
                new Keyring(keys, true));
    }

    private SignedCheckpoint checkpoint(long seq) {
        return checkpoint(seq, "0123456789abcdef" + seq, Duration.ZERO);
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @Test
    void shouldKeepAFileEachInTheOrderOfTheLog() throws Exception {
        try (FileStore store = new DirectoryStore(directory)) {
            CheckpointObjects.keep(store, checkpoint(10));
            CheckpointObjects.keep(store, checkpoint(9));
        }

        assertThat(kept().stream().map(file -> directory.relativize(file).toString()))
                .containsExactly(
                        "_checkpoints/replica%2F1/0000000001-0000000002-0000000000000000009-0123456789abcdef.json",
                        "_checkpoints/replica%2F1/0000000001-0000000002-0000000000000000010-0123456789abcdef.json");
    }

    @Test
    void shouldKeepWhatCanBeVerified() throws Exception {
        try (FileStore store = new DirectoryStore(directory)) {
            CheckpointObjects.keep(store, checkpoint(9));
            CheckpointObjects.keep(store, checkpoint(10));
        }

        CheckpointFile.Contents contents = CheckpointFile.readAll(directory);

        assertThat(contents.unreadable()).isZero();
        assertThat(contents.checkpoints())
                .extracting(each -> each.position().seq())
                .containsExactly(9L, 10L);
        assertThat(contents.checkpoints()).allMatch(each -> each.isGenuine(Keyring.verifier(keys)));
    }

    @Test
    void shouldKeepTheFirstOfWhatIsSentAgain() throws Exception {
        SignedCheckpoint first = checkpoint(9, "aa", Duration.ZERO);
        try (FileStore store = new DirectoryStore(directory)) {
            CheckpointObjects.keep(store, first);
            CheckpointObjects.keep(store, first);
            CheckpointObjects.keep(store, checkpoint(9, "aa", Duration.ofDays(1))); // signed anew, after a restart
        }

        assertThat(kept()).hasSize(1);
        assertThat(kept().getFirst()).hasContent(first.toLine());
    }

    @Test
    void shouldNotLetALogThatWasWrittenAnewReplaceWhatWasSigned() throws Exception {
        SignedCheckpoint first = checkpoint(9, "aa", Duration.ZERO);
        try (FileStore store = new DirectoryStore(directory)) {
            CheckpointObjects.keep(store, first);
            CheckpointObjects.keep(store, checkpoint(9, "bb", Duration.ZERO));
        }

        assertThat(kept()).hasSize(2);
        assertThat(kept().getFirst()).hasContent(first.toLine());
    }

    private static S3Client client() {
        return S3Client.builder()
                .endpointOverride(S3Server.shared().address())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test-secret")))
                .build();
    }

    @Test
    void shouldKeepEachOnceInABucket() throws Exception {
        try (S3Client client = client()) {
            client.createBucket(request -> request.bucket("checkpoints"));
            for (long seq : new long[] {9, 9, 10}) {
                try (FileStore store = new BucketStore(CheckpointObjectsTest::client, "checkpoints", "log/")) {
                    CheckpointObjects.keep(store, checkpoint(seq));
                }
            }

            List<String> names = client.listObjectsV2(request -> request.bucket("checkpoints")).contents().stream()
                    .map(S3Object::key)
                    .toList();
            assertThat(names).hasSize(2).allMatch(name -> name.startsWith("log/_checkpoints/replica%2F1/"));
            String line = client.getObjectAsBytes(
                            request -> request.bucket("checkpoints").key(names.getFirst()))
                    .asUtf8String();
            assertThat(SignedCheckpoint.ofLine(line).isGenuine(Keyring.verifier(keys)))
                    .isTrue();
        }
    }

    @Test
    void shouldFailWhenTheBucketIsMissingSoThatItComesAgain() {
        try (FileStore store = new BucketStore(CheckpointObjectsTest::client, "no-such-bucket", "")) {
            assertThatThrownBy(() -> CheckpointObjects.keep(store, checkpoint(9)))
                    .isInstanceOf(SinkTrouble.class);
        }
    }
}
