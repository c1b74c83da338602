package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.SmallDisk;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelArtifact;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ArtifactCacheTest {

    private static final String REGISTRY = "s3 models";
    private static final VersionRef IRIS_1 = new VersionRef("iris", "1");
    private static final VersionRef IRIS_2 = new VersionRef("iris", "2");
    private static final VersionRef IRIS_3 = new VersionRef("iris", "3");
    private static final int BUDGET = 10_000;
    private static final int LARGE = 3_500;

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private ArtifactCache cache;

    @BeforeEach
    void open() {
        cache = ArtifactCache.open(directory, BUDGET, () -> now);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private void reopen() {
        cache.close();
        open();
    }

    private static byte[] model(VersionRef ref, int bytes) {
        return (ref.toString() + "x".repeat(bytes)).substring(0, bytes).getBytes(StandardCharsets.UTF_8);
    }

    private static ArtifactFile file(byte[] model) {
        return new ArtifactFile("model.onnx", ArtifactDigests.sha256(model), model.length);
    }

    private static byte[] manifest(VersionRef ref, ArtifactFile file) {
        return """
                {
                  "schema_version": "1.0", "model": "%s", "version": "%s", "format": "onnx",
                  "files": [{"path": "%s", "sha256": "%s", "bytes": %d}],
                  "signature": {
                    "batch_axis": 0,
                    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1]}],
                    "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]
                  }
                }
                """.formatted(ref.model(), ref.version(), file.path(), file.sha256(), file.bytes())
                .getBytes(StandardCharsets.UTF_8);
    }

    private ModelArtifact put(VersionRef ref, int bytes) {
        byte[] model = model(ref, bytes);
        try (CacheStaging staging = cache.stage(ref, bytes)) {
            staging.add(file(model), new ByteArrayInputStream(model));
            return staging.commit(REGISTRY, "a", manifest(ref, file(model)));
        }
    }

    private long workspaces() throws IOException {
        try (Stream<Path> left = Files.list(directory.resolve("work"))) {
            return left.count();
        }
    }

    @Test
    void shouldFindWhatWasPutIn() throws IOException {
        put(IRIS_1, 10);

        ModelArtifact found = cache.find(REGISTRY, IRIS_1, "a");

        assertThat(found.manifest().ref()).isEqualTo(IRIS_1);
        assertThat(Files.readAllBytes(found.model())).isEqualTo(model(IRIS_1, 10));
    }

    @Test
    void shouldGiveTheSameArtifactWhenItIsFoundAsWhenItWasPutIn() {
        ModelArtifact put = put(IRIS_1, 10);

        assertThat(cache.find(REGISTRY, IRIS_1)).isEqualTo(put);
    }

    @Test
    void shouldKeepRegularFilesWithOneNameEach() throws IOException {
        ModelArtifact put = put(IRIS_1, 10);

        assertThat(put.model()).isRegularFile();
        assertThat(Files.getAttribute(put.model(), "unix:nlink", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(1);
    }

    @Test
    void shouldFindWhatWasPutInAfterARestart() {
        ModelArtifact put = put(IRIS_1, 10);

        reopen();

        assertThat(cache.find(REGISTRY, IRIS_1)).isEqualTo(put);
    }

    @Test
    void shouldNotTakeAnotherRegistrysVersionForOne() {
        put(IRIS_1, 10);

        assertThat(cache.find("s3 others", IRIS_1)).isNull();
    }

    @Test
    void shouldNotTakeAnotherMarkForTheSame() {
        put(IRIS_1, 10);

        assertThat(cache.find(REGISTRY, IRIS_1, "b")).isNull();
    }

    @Test
    void shouldFindTheOneThatWasUsedLastOfTwoOfOneName() {
        put(IRIS_1, 10);
        now = now.plusSeconds(1);
        ModelArtifact second = put(IRIS_1, 11);

        assertThat(cache.find(REGISTRY, IRIS_1)).isEqualTo(second);
    }

    @Test
    void shouldAddAFileWhoseDigestIsNotKnown() {
        byte[] model = model(IRIS_1, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 0)) {
            ArtifactFile got = staging.add("model.onnx", new ByteArrayInputStream(model), 100);

            assertThat(got).isEqualTo(file(model));
        }
    }

    @Test
    void shouldRefuseAFileWithAnotherDigest() throws IOException {
        byte[] model = model(IRIS_1, 10);
        byte[] other = model(IRIS_2, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.add(file(model), new ByteArrayInputStream(other)))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("file 'model.onnx' does not have the SHA-256 that the manifest lists");
        }
        assertThat(workspaces()).isZero();
    }

    @Test
    void shouldRefuseMoreBytesThanTheManifestLists() {
        byte[] model = model(IRIS_1, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.add(file(model), new ByteArrayInputStream(model(IRIS_1, 11))))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("file 'model.onnx' has more than 10 bytes");
        }
    }

    @Test
    void shouldBlameTheRegistryForAFileThatEndsEarly() {
        byte[] model = model(IRIS_1, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.add(file(model), new ByteArrayInputStream(model, 0, 4)))
                    .isInstanceOf(RegistryUnavailable.class)
                    .hasMessage("the registry broke off after 4 of 10 bytes of file 'model.onnx'");
        }
    }

    @Test
    void shouldBlameTheRegistryForAStreamThatFails() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }
        };
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.add("model.onnx", broken, 10))
                    .isInstanceOf(RegistryUnavailable.class)
                    .hasMessage("the registry broke off while file 'model.onnx' was read");
        }
    }

    @Test
    void shouldRefuseAPathThatLeadsOut() {
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.add("../model.onnx", InputStream.nullInputStream(), 10))
                    .isInstanceOf(ArtifactRejected.class);
        }
    }

    @Test
    void shouldRefuseAManifestThatListsAFileThatIsMissing() {
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            assertThatThrownBy(() -> staging.commit(REGISTRY, "a", manifest(IRIS_1, file(model(IRIS_1, 10)))))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("file 'model.onnx' is missing, or not as the manifest says");
        }
    }

    @Test
    void shouldRefuseAManifestOfAnotherVersion() {
        byte[] model = model(IRIS_1, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            staging.add(file(model), new ByteArrayInputStream(model));

            assertThatThrownBy(() -> staging.commit(REGISTRY, "a", manifest(IRIS_2, file(model))))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("the manifest of iris/1 says it is iris/2");
        }
    }

    @Test
    void shouldShowNothingThatWasNotCommitted() throws IOException {
        byte[] model = model(IRIS_1, 10);
        try (CacheStaging staging = cache.stage(IRIS_1, 10)) {
            staging.add(file(model), new ByteArrayInputStream(model));
        }

        assertThat(cache.find(REGISTRY, IRIS_1)).isNull();
        assertThat(workspaces()).isZero();
    }

    @Test
    void shouldRemoveWhatAKilledProcessLeft() throws IOException {
        Files.createDirectories(directory.resolve("work/left/files"));
        Files.writeString(directory.resolve("work/left/files/model.onnx"), "half");

        reopen();

        assertThat(workspaces()).isZero();
    }

    @Test
    void shouldNotServeADamagedFile() throws IOException {
        Files.write(put(IRIS_1, 10).model(), model(IRIS_2, 10));

        assertThat(cache.find(REGISTRY, IRIS_1)).isNull();
        assertThat(cache.bytes()).isZero();
    }

    @Test
    void shouldRemoveAVersionThatDoesNotSayWhereItComesFrom() throws IOException {
        ModelArtifact put = put(IRIS_1, 10);
        Files.writeString(put.directory().resolveSibling("origin.json"), "{}");

        reopen();

        assertThat(cache.find(REGISTRY, IRIS_1)).isNull();
        assertThat(put.directory()).doesNotExist();
    }

    @Test
    void shouldMakeRoomByRemovingWhatWasNotUsedForLongest() {
        put(IRIS_1, LARGE);
        now = now.plusSeconds(1);
        put(IRIS_2, LARGE);
        now = now.plusSeconds(1);
        cache.find(REGISTRY, IRIS_1);
        cache.retain(Set.of());

        put(IRIS_3, LARGE);

        assertThat(cache.find(REGISTRY, IRIS_2)).isNull();
        assertThat(cache.find(REGISTRY, IRIS_1)).isNotNull();
    }

    @Test
    void shouldRememberAcrossARestartWhatWasUsedLast() {
        put(IRIS_1, LARGE);
        now = now.plusSeconds(1);
        put(IRIS_2, LARGE);
        now = now.plusSeconds(1);
        cache.find(REGISTRY, IRIS_1);

        reopen();
        put(IRIS_3, LARGE);

        assertThat(cache.find(REGISTRY, IRIS_2)).isNull();
        assertThat(cache.find(REGISTRY, IRIS_1)).isNotNull();
    }

    @Test
    void shouldNeverRemoveWhatIsInUse() {
        put(IRIS_1, LARGE);
        put(IRIS_2, LARGE);

        assertThatThrownBy(() -> put(IRIS_3, LARGE))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessageStartingWith("the registry's cache has no room for 3500 bytes: ")
                .hasMessageEndingWith(" of its 10000 bytes are in use (weir.registry.cache.max-bytes)");
        assertThat(cache.find(REGISTRY, IRIS_1)).isNotNull();
        assertThat(cache.find(REGISTRY, IRIS_2)).isNotNull();
    }

    @Test
    void shouldTakeAVersionOnceOthersAreNotInUseAnyMore() {
        put(IRIS_1, LARGE);
        put(IRIS_2, LARGE);
        assertThatThrownBy(() -> put(IRIS_3, LARGE)).isInstanceOf(RegistryUnavailable.class);

        cache.retain(Set.of(IRIS_2));

        assertThat(put(IRIS_3, LARGE)).isNotNull();
        assertThat(cache.find(REGISTRY, IRIS_1)).isNull();
    }

    @Test
    void shouldCountWhatIsOnItsWayIn() {
        try (CacheStaging first = cache.stage(IRIS_1, 6_000)) {
            assertThatThrownBy(() -> cache.stage(IRIS_2, 6_000)).isInstanceOf(RegistryUnavailable.class);
        }

        cache.stage(IRIS_2, 6_000).close();
    }

    @Test
    void shouldStopAFileOfUnknownSizeAtTheBudget() {
        try (CacheStaging staging = cache.stage(IRIS_1, 0)) {
            assertThatThrownBy(() ->
                            staging.add("model.onnx", new ByteArrayInputStream(new byte[BUDGET + 1]), Long.MAX_VALUE))
                    .isInstanceOf(RegistryUnavailable.class)
                    .hasMessageContaining("weir.registry.cache.max-bytes");
        }
    }

    @Test
    void shouldKeepAnotherServerOut() {
        assertThatThrownBy(() -> ArtifactCache.open(directory, BUDGET, () -> now))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.registry.cache.directory: another server uses " + directory
                        + "; each needs one of its own");
    }

    @Test
    void shouldNotStartOnAFile() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> ArtifactCache.open(file, BUDGET, () -> now))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.registry.cache.directory: " + file + " can't be read or written");
    }

    /** Needs the right to mount. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldRefuseAVersionForWantOfDiskAndRecover() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        try (SmallDisk disk = SmallDisk.at(small, 256 << 10);
                ArtifactCache full = ArtifactCache.open(disk.place(), 1 << 20, () -> now)) {
            byte[] model = model(IRIS_1, 300_000);
            Path filler = Files.write(small.resolve("filler"), new byte[100_000]);
            try (CacheStaging staging = full.stage(IRIS_1, model.length)) {
                assertThatThrownBy(() -> staging.add(file(model), new ByteArrayInputStream(model)))
                        .isInstanceOf(RegistryUnavailable.class)
                        .hasMessage("file 'model.onnx' can't be written to the registry's cache; its disk may be full");
            }
            assertThat(small.resolve("work")).isEmptyDirectory();
            assertThat(full.find(REGISTRY, IRIS_1)).isNull();

            Files.delete(filler);

            byte[] smaller = model(IRIS_1, 150_000);
            try (CacheStaging staging = full.stage(IRIS_1, smaller.length)) {
                staging.add(file(smaller), new ByteArrayInputStream(smaller));
                staging.commit(REGISTRY, "a", manifest(IRIS_1, file(smaller)));
            }
            assertThat(full.find(REGISTRY, IRIS_1)).isNotNull();
        }
    }
}
