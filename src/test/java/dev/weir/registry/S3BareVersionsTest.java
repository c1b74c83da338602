package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FixedS3Config;
import dev.weir.fixture.S3Door;
import dev.weir.fixture.S3Door.Fate;
import dev.weir.fixture.S3Server;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.FileInspection;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelManifest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions without a manifest in a bucket, over a real S3 server. */
class S3BareVersionsTest {

    private static final S3Server SERVER = S3Server.shared();
    private static final VersionRef IRIS = new VersionRef("iris", "1");

    @TempDir
    private Path directory;

    private final S3Door door = new S3Door(SERVER.address());
    private final String bucket = SERVER.bucket();
    private Instant now = Instant.now().plus(Duration.ofHours(1));
    private ArtifactCache cache;
    private ModelSource source;

    @BeforeEach
    void open() {
        cache = ArtifactCache.open(directory.resolve("cache"), 1 << 20, () -> now);
        source = new CachedModelSource(
                new S3ModelSource(
                        new FixedS3Config(bucket, door.address()),
                        cache,
                        new ModelDescriber(new FakeFormat()),
                        new FileInspection(4, 100, 200),
                        () -> now),
                cache,
                new SimpleMeterRegistry(),
                () -> now);
    }

    @AfterEach
    void close() {
        cache.close();
        door.close();
    }

    private void put(String version, String file, int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        SERVER.put(bucket, "registry/iris/" + version + "/" + file, content);
    }

    @Test
    void shouldListANumberThatHoldsAModel() {
        put("1", FakeFormat.FILE, 1, 2, 3);

        assertThat(source.list().versions().keySet()).containsExactly(IRIS);
    }

    @Test
    void shouldNotTakeOtherPlacesForVersions() {
        put("notes", FakeFormat.FILE, 1);
        put("2", "README.md", 1);
        put("3", "sub/" + FakeFormat.FILE, 1);

        assertThat(source.list().versions().keySet()).isEmpty();
    }

    @Test
    void shouldNotSeeFilesWhoseManifestMayBeOnItsWay() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        now = Instant.now();

        assertThat(source.list().versions().keySet()).isEmpty();
        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the registry has no version iris/1");
    }

    @Test
    void shouldNeverSeeWhatWasPublishedInPart() throws IOException {
        door.fates(request -> request.startsWith("PUT") && request.contains("manifest.json")
                ? new Fate.Answer(500, "No")
                : new Fate.Pass());
        Publication half = publication();
        assertThatThrownBy(() -> source.publish(half)).isInstanceOf(RegistryUnavailable.class);

        assertThat(SERVER.keys(bucket)).containsExactly("registry/iris/1/" + FakeFormat.FILE);
        assertThat(source.list().versions().keySet()).isEmpty();
    }

    @Test
    void shouldNotTakeWhatIsLeftOfADeletedVersionForAnother() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        put("1", "manifest.json", '{', '}');
        door.fates(request -> request.startsWith("DELETE") && request.contains("/1/" + FakeFormat.FILE)
                ? new Fate.Answer(403, "AccessDenied")
                : new Fate.Pass());
        assertThatThrownBy(() -> source.delete(IRIS)).isInstanceOf(RegistryUnavailable.class);

        assertThatThrownBy(() -> source.fetch(IRIS)).isInstanceOf(ArtifactRejected.class);

        door.fates(request -> new Fate.Pass());
        source.delete(IRIS);
        assertThat(SERVER.keys(bucket)).isEmpty();
    }

    private Publication publication() throws IOException {
        Path file = Files.write(directory.resolve("upload"), new byte[] {4, 5, 6});
        return new Publication(IRIS, ModelSourceContract.manifest(IRIS), new TreeMap<>(Map.of(FakeFormat.FILE, file)));
    }

    @Test
    void shouldNotPublishInItsPlace() throws IOException {
        put("1", FakeFormat.FILE, 1, 2, 3);
        now = now.plus(Duration.ofDays(7));

        assertThatThrownBy(() -> source.publish(publication()))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
        assertThat(source.fetch(IRIS).model()).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void shouldReadTheSignatureFromTheModel() {
        put("1", FakeFormat.FILE, 1, 2, 3);

        ModelManifest manifest = source.fetch(IRIS).manifest();

        assertThat(manifest.signature()).isEqualTo(FakeFormat.DESCRIBED);
        assertThat(manifest.format()).isEqualTo(new FakeFormat().name());
        assertThat(manifest.lineage()).isEqualTo(Lineage.UNKNOWN);
        assertThat(source.describe(IRIS).metadata()).isEqualTo(Metadata.of(manifest));
    }

    @Test
    void shouldBringEveryFileTheModelFirst() {
        put("1", "a.bin", 1);
        put("1", FakeFormat.FILE, 1, 2, 3);
        put("1", "z/z.bin", 9);

        ModelArtifact artifact = source.fetch(IRIS);

        assertThat(artifact.manifest().files())
                .extracting(ArtifactFile::path)
                .containsExactly(FakeFormat.FILE, "a.bin", "z/z.bin");
        ArtifactDigests.verify(artifact);
    }

    @Test
    void shouldTransferItOnce() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        ModelArtifact first = source.fetch(IRIS);
        door.fates(
                request -> request.contains("/1/" + FakeFormat.FILE) ? new Fate.Answer(500, "Asked") : new Fate.Pass());

        assertThat(source.fetch(IRIS)).isEqualTo(first);
        assertThat(source.list().holds(IRIS)).isTrue();
    }

    @Test
    void shouldAskOnceWhenNothingChanged() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        source.list();
        door.requests();

        source.list();

        assertThat(door.requests()).isOne();
    }

    @Test
    void shouldNoticeOtherBytesUnderTheSameName() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        String mark = source.list().mark(IRIS);
        String digest = source.fetch(IRIS).digest();

        put("1", FakeFormat.FILE, 1, 2, 4);

        assertThat(source.list().mark(IRIS)).isNotNull().isNotEqualTo(mark);
        assertThat(source.fetch(IRIS).digest()).isNotEqualTo(digest);
        assertThat(source.fetch(IRIS).model()).hasBinaryContent(new byte[] {1, 2, 4});
    }

    @Test
    void shouldNotMixFilesOfTwoMoments() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        boolean[] changed = {false};
        door.fates(request -> {
            if (request.startsWith("GET") && request.contains("/1/" + FakeFormat.FILE) && !changed[0]) {
                changed[0] = true;
                put("1", FakeFormat.FILE, 3, 2, 1);
            }
            return new Fate.Pass();
        });

        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry's bucket can't be used: an object changed while it was read");
    }

    @Test
    void shouldServeFromTheCacheWhileTheStoreIsDown() {
        put("1", FakeFormat.FILE, 1, 2, 3);
        source.list();
        ModelArtifact before = source.fetch(IRIS);
        door.shut();
        cache.close();

        open();

        assertThat(source.lastKnown().holds(IRIS)).isTrue();
        assertThat(source.fetch(IRIS)).isEqualTo(before);
    }

    @Test
    void shouldTakeAnAliasARevocationAndADeletion() {
        put("1", FakeFormat.FILE, 1, 2, 3);

        source.moveAlias("iris", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
        source.revoke(IRIS, new Revocation("ada", Instant.EPOCH, "leaked labels"));

        assertThat(source.list().resolve("iris", "champion")).isEqualTo(IRIS);
        assertThat(source.list().revocation(IRIS)).isNotNull();
        source.delete(IRIS);
        assertThat(SERVER.keys(bucket)).noneMatch(key -> key.startsWith("registry/iris/1/"));
    }

    @Test
    void shouldFetchNoByteOfAFileThatIsTooLarge() {
        put("1", FakeFormat.FILE, 1);
        put("1", "weights.bin", new int[101]);
        door.fates(request -> request.startsWith("GET") && request.contains("iris/1/") && !request.contains("manifest")
                ? new Fate.Answer(500, "Asked")
                : new Fate.Pass());

        assertThatThrownBy(() -> source.fetch(IRIS))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'weights.bin' has 101 bytes, but may have 100 (weir.load.max-file-bytes)");
    }

    @Test
    void shouldRefuseAPathThatIsNone() {
        put("1", FakeFormat.FILE, 1);
        put("1", ".hidden", 1);

        assertThatThrownBy(() -> source.fetch(IRIS)).isInstanceOf(ArtifactRejected.class);
    }
}
