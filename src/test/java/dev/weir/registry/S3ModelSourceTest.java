package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FixedS3Config;
import dev.weir.fixture.S3Door;
import dev.weir.fixture.S3Door.Fate;
import dev.weir.fixture.S3Server;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract over a real S3 server, and what is true of buckets alone. */
class S3ModelSourceTest extends ModelSourceContract {

    private static final S3Server SERVER = S3Server.shared();
    private static final VersionRef IRIS_1 = new VersionRef("iris", "1");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final S3Door door = new S3Door(SERVER.address());
    private final String bucket = SERVER.bucket();
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private ArtifactCache cache;
    private ModelSource source;

    @BeforeEach
    void open() {
        cache = ArtifactCache.open(directory.resolve("cache"), 1 << 20, () -> now);
        source = source(new FixedS3Config(bucket, door.address()));
    }

    @AfterEach
    void close() {
        cache.close();
        door.close();
    }

    private ModelSource source(S3Config config) {
        return new CachedModelSource(
                new S3ModelSource(
                        config,
                        cache,
                        new ModelDescriber(new FakeFormat()),
                        new FileInspection(4, 1 << 20, 1 << 20),
                        () -> now),
                cache,
                meters,
                () -> now);
    }

    private void restart() {
        cache.close();
        open();
    }

    @Override
    protected ModelSource source() {
        return source;
    }

    @Override
    protected void put(VersionRef ref, byte[] manifest, byte[] model) {
        SERVER.put(bucket, "registry/" + ref + "/manifest.json", manifest);
        SERVER.put(bucket, "registry/" + ref + "/model.onnx", model);
    }

    @Override
    protected void breakDown() {
        door.shut();
    }

    private static boolean isFile(String request) {
        return request.startsWith("GET") && request.contains("model.onnx");
    }

    private static boolean isList(String request) {
        return request.contains("list-type=2");
    }

    @Test
    void shouldNotSeeKeysThatAreNoVersions() throws IOException {
        put("iris", "1");
        SERVER.put(bucket, "registry/README.md", new byte[] {1});
        SERVER.put(bucket, "registry/iris/2/model.onnx", new byte[] {1});
        SERVER.put(bucket, "registry/iris/v 2/manifest.json", new byte[] {1});
        SERVER.put(bucket, "registry2/iris/3/manifest.json", new byte[] {1});

        assertThat(source.list().versions().keySet()).containsExactly(IRIS_1);
    }

    @Test
    void shouldReadABucketWithoutAPrefix() {
        SERVER.put(bucket, IRIS_1 + "/manifest.json", manifest(IRIS_1));
        ModelSource whole =
                source(new FixedS3Config(Optional.of(bucket), Optional.empty(), Optional.of(door.address()), 1));

        assertThat(whole.list().holds(IRIS_1)).isTrue();
    }

    @Test
    void shouldAskOnceWhenNothingChanged() throws IOException {
        put("iris", "1");
        source.moveAlias("iris", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
        source.list();
        door.requests();

        source.list();

        assertThat(door.requests()).isOne();
    }

    @Test
    void shouldSeeAnAliasThatAnotherServerMoved() throws IOException {
        put("iris", "1");
        put("iris", "2");
        source.moveAlias("iris", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
        source.list();

        source(new FixedS3Config(bucket, door.address()))
                .moveAlias("iris", new AliasMove("champion", "1", "2", "bob", Instant.EPOCH, "second"));

        assertThat(source.list().resolve("iris", "champion")).isEqualTo(new VersionRef("iris", "2"));
    }

    @Test
    void shouldTakeChangesFromTwoServersAtOnce() throws Exception {
        put("iris", "1");
        ModelSource other = source(new FixedS3Config(bucket, door.address()));
        try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
            for (Future<?> done : callers.invokeAll(IntStream.range(0, 12)
                    .mapToObj(i -> Executors.callable(() -> (i % 2 == 0 ? source : other)
                            .moveAlias("iris", new AliasMove("a" + i, null, "1", "ada", Instant.EPOCH, "new"))))
                    .toList())) {
                done.get();
            }
        }

        assertThat(source.list().aliases().get("iris")).hasSize(12);
    }

    @Test
    void shouldReadTheRestWhenOneModelsAliasesAreBroken() throws IOException {
        put("iris", "1");
        put("wine", "1");
        SERVER.put(bucket, "registry/iris/aliases.json", new byte[] {'{'});

        assertThat(source.list().problems())
                .containsExactly(Map.entry("iris", "the aliases or revocations of model 'iris' can't be read"));
    }

    @ParameterizedTest
    @CsvSource({
        "403, AccessDenied, the registry's bucket can't be used: the store refuses access (HTTP 403)",
        "404, NoSuchBucket, the registry's bucket can't be used: there is no such bucket",
        "500, InternalError, the registry's bucket can't be used: the store answers HTTP 500",
        "503, SlowDown, the registry's bucket can't be used: the store asks for fewer requests (HTTP 503)"
    })
    void shouldSayWhatIsWrongWithTheStore(int status, String code, String message) throws IOException {
        put("iris", "1");
        door.fates(request -> new Fate.Answer(status, code));

        assertThatThrownBy(() -> source.list())
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage(message);
    }

    @Test
    @Timeout(30)
    void shouldNotWaitForAStoreThatSaysNothing() throws IOException {
        put("iris", "1");
        ModelSource hasty = source(new FixedS3Config(
                Optional.of(bucket), Optional.of("registry"), Optional.of(door.address()), 1, Duration.ofMillis(500)));
        door.fates(request -> new Fate.Stall(0));

        assertThatThrownBy(() -> hasty.list())
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry's bucket can't be used: the store does not answer");
    }

    @Test
    void shouldTryAgainWhatTheStoreDidNotAnswer() throws IOException {
        put("iris", "1");
        ModelSource patient =
                source(new FixedS3Config(Optional.of(bucket), Optional.of("registry"), Optional.of(door.address()), 3));
        int[] asked = {0};
        door.fates(request -> asked[0]++ == 0 ? new Fate.Answer(500, "InternalError") : new Fate.Pass());

        assertThat(patient.list().holds(IRIS_1)).isTrue();
    }

    @Test
    void shouldReadMoreThanOnePage() throws IOException {
        manyObjects();

        assertThat(source.list().versions()).hasSize(1);
    }

    @Test
    void shouldNotTakeAPartOfTheListingForTheWhole() throws IOException {
        manyObjects();
        source.list();
        door.fates(request -> isList(request) && request.contains("continuation-token")
                ? new Fate.Answer(500, "InternalError")
                : new Fate.Pass());

        assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);
    }

    /** Puts more objects in than one answer lists, the version after the others. */
    private void manyObjects() throws IOException {
        try (ExecutorService writers = Executors.newFixedThreadPool(8)) {
            IntStream.range(0, S3Server.PAGE + 1)
                    .forEach(i -> writers.execute(() -> SERVER.put(bucket, "registry/a/1/" + i, new byte[] {1})));
        }
        put("iris", "1");
    }

    @Test
    void shouldKeepAddressesAndCredentialsOutOfMessages() throws IOException {
        breakDown();

        assertThatThrownBy(() -> source.list())
                .hasMessage("the registry's bucket can't be used: the store does not answer")
                .message()
                .doesNotContain("127.0.0.1", "test-secret", bucket);
    }

    @Test
    void shouldRefuseAFileThatWasChangedInTheStore() throws IOException {
        put("iris", "1");
        SERVER.put(bucket, "registry/iris/1/model.onnx", new byte[] {1, 2, 4});

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' does not have the SHA-256 that the manifest lists");
    }

    @Test
    void shouldRefuseAFileThatWasCutInTheStore() throws IOException {
        put("iris", "1");
        SERVER.put(bucket, "registry/iris/1/model.onnx", new byte[] {1, 2});

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' has 2 bytes, but the manifest says 3");
    }

    @Test
    void shouldRefuseAVersionWithoutItsFile() {
        SERVER.put(bucket, "registry/iris/1/manifest.json", manifest(IRIS_1));

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' is missing");
    }

    @Test
    void shouldFetchNoByteOfAVersionThatIsTooLarge() throws IOException {
        byte[] large = new String(manifest(IRIS_1), StandardCharsets.UTF_8)
                .replace("\"bytes\": 3", "\"bytes\": 1048577")
                .getBytes(StandardCharsets.UTF_8);
        put(IRIS_1, large, new byte[] {1, 2, 3});
        failOnFiles();

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' has 1048577 bytes, but may have 1048576 (weir.load.max-file-bytes)");
    }

    @Test
    void shouldFetchNoByteOfAVersionOfTooManyFiles() throws IOException {
        String more = IntStream.range(0, 4)
                .mapToObj(i -> "{\"path\": \"w%d\", \"sha256\": \"%s\", \"bytes\": 1}, ".formatted(i, "0".repeat(64)))
                .reduce("", String::concat);
        byte[] many = new String(manifest(IRIS_1), StandardCharsets.UTF_8)
                .replace("\"files\": [", "\"files\": [" + more)
                .getBytes(StandardCharsets.UTF_8);
        put(IRIS_1, many, new byte[] {1, 2, 3});
        failOnFiles();

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the version has 5 files, but may have 4 (weir.load.max-files)");
    }

    /** Lets every request for something but a manifest fail. */
    private void failOnFiles() {
        door.fates(request -> request.startsWith("GET") && !isList(request) && !request.contains("manifest.json")
                ? new Fate.Answer(500, "Asked")
                : new Fate.Pass());
    }

    @Test
    void shouldBlameTheConnectionForAFileThatBreaksOff() throws IOException {
        put("iris", "1");
        door.fates(request -> isFile(request) ? new Fate.BreakOff(2) : new Fate.Pass());

        assertThatThrownBy(() -> source.fetch(IRIS_1))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessageStartingWith("the registry broke off");
    }

    @Test
    void shouldFetchAVersionAfterAllOnceTheConnectionHolds() throws IOException {
        put("iris", "1");
        door.fates(request -> isFile(request) ? new Fate.BreakOff(2) : new Fate.Pass());
        assertThatThrownBy(() -> source.fetch(IRIS_1)).isInstanceOf(RegistryUnavailable.class);

        door.fates(request -> new Fate.Pass());

        assertThat(source.fetch(IRIS_1).model()).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void shouldTransferAVersionOnceForAllThatWantIt() throws Exception {
        put("iris", "1");
        int[] transfers = {0};
        door.fates(request -> {
            if (isFile(request)) {
                transfers[0]++;
            }
            return new Fate.Pass();
        });
        try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
            for (Future<ModelArtifact> each :
                    callers.invokeAll(Collections.<Callable<ModelArtifact>>nCopies(8, () -> source.fetch(IRIS_1)))) {
                assertThat(each.get().model()).exists();
            }
        }

        assertThat(transfers[0]).isOne();
    }

    @Test
    void shouldFetchFromTheCacheWhileTheStoreIsDown() throws IOException {
        put("iris", "1");
        ModelArtifact before = source.fetch(IRIS_1);

        breakDown();

        assertThat(source.fetch(IRIS_1)).isEqualTo(before);
    }

    @Test
    void shouldStartWithoutTheStoreFromWhatWasKept() throws IOException {
        put("iris", "1");
        put("iris", "2");
        source.moveAlias("iris", new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first"));
        source.revoke(new VersionRef("iris", "2"), new Revocation("ada", Instant.EPOCH, "leaked labels"));
        Listing read = source.list();
        ModelArtifact fetched = source.fetch(IRIS_1);
        Instant readAt = now;
        breakDown();
        now = now.plus(Duration.ofHours(1));

        restart();

        assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);
        assertThat(source.lastKnown()).isEqualTo(read.asOf(readAt));
        assertThat(source.fetch(IRIS_1)).isEqualTo(fetched);
    }

    @Test
    void shouldSayHowOldWhatIsKnownIs() throws IOException {
        source.list();
        now = now.plus(Duration.ofMinutes(10));

        assertThat(meters.get("weir.registry.age.seconds").gauge().value()).isEqualTo(600);
    }

    @Test
    void shouldNotStartFromWhatWasKeptOfAnotherBucket() throws IOException {
        put("iris", "1");
        source.list();
        source.fetch(IRIS_1);
        breakDown();

        ModelSource other = source(new FixedS3Config("another-bucket", door.address()));

        assertThat(other.lastKnown()).isNull();
        assertThatThrownBy(() -> other.fetch(IRIS_1)).isInstanceOf(RegistryUnavailable.class);
    }

    @Test
    void shouldKeepAnUnreadableModelsRevocationsAcrossARestart() throws IOException {
        put("iris", "1");
        source.revoke(IRIS_1, new Revocation("ada", Instant.EPOCH, "leaked labels"));
        source.list();
        SERVER.put(bucket, "registry/iris/revoked.json", new byte[] {'{'});

        restart();

        assertThat(source.list().revocation(IRIS_1)).isNotNull();
    }

    @Test
    void shouldLeaveNothingVisibleOfAnUploadThatWasCut() throws IOException {
        Publication publication = publication(new byte[] {1, 2, 3});
        door.fates(request -> request.contains("manifest.json") && request.startsWith("PUT")
                ? new Fate.Answer(500, "No")
                : new Fate.Pass());
        assertThatThrownBy(() -> source.publish(publication)).isInstanceOf(RegistryUnavailable.class);

        assertThat(source.list().versions().keySet()).isEmpty();
        assertThat(SERVER.keys(bucket)).containsExactly("registry/iris/1/model.onnx");
    }

    @Test
    void shouldFinishAnUploadThatWasCut() throws IOException {
        SERVER.put(bucket, "registry/other", new byte[] {1});
        Publication publication = publication(new byte[] {1, 2, 3});
        door.fates(request -> request.contains("manifest.json") && request.startsWith("PUT")
                ? new Fate.Answer(500, "No")
                : new Fate.Pass());
        assertThatThrownBy(() -> source.publish(publication)).isInstanceOf(RegistryUnavailable.class);
        door.fates(request -> new Fate.Pass());

        assertThat(source.publish(publication)).isTrue();
        assertThat(source.fetch(IRIS_1).model()).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void shouldReplaceWhatItLeftItself() throws IOException {
        leaveHalf(new byte[] {9});
        now = Instant.now();

        restart();

        assertThat(source.publish(publication(new byte[] {1, 2, 3}))).isTrue();
        assertThat(source.fetch(IRIS_1).model()).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void shouldNotReplaceWhatAnotherServerMayBeWorkingOn() throws IOException {
        leaveHalf(new byte[] {9});
        now = Instant.now();
        cache.close();
        cache = ArtifactCache.open(directory.resolve("another"), 1 << 20, () -> now);
        ModelSource other = source(new FixedS3Config(bucket, door.address()));

        assertThatThrownBy(() -> other.publish(publication(new byte[] {1, 2, 3})))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
    }

    /** Publishes a version of which the manifest does not arrive. */
    private void leaveHalf(byte[] model) throws IOException {
        Publication half = publication(model);
        door.fates(request -> request.contains("manifest.json") && request.startsWith("PUT")
                ? new Fate.Answer(500, "No")
                : new Fate.Pass());
        assertThatThrownBy(() -> source.publish(half)).isInstanceOf(RegistryUnavailable.class);
        door.fates(request -> new Fate.Pass());
    }

    @Test
    void shouldRefuseWhatOneRequestCannotCarryBeforeItSendsAnything() throws IOException {
        Path small = Files.write(directory.resolve("small"), new byte[] {1});
        Path large = directory.resolve("large");
        try (SeekableByteChannel sparse = Files.newByteChannel(
                large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            sparse.position(5L << 30).write(ByteBuffer.wrap(new byte[] {1}));
        }
        Publication publication =
                new Publication(IRIS_1, manifest(IRIS_1), new TreeMap<>(Map.of("model.onnx", small, "z.bin", large)));

        assertThatThrownBy(() -> source.publish(publication)).isInstanceOfSatisfying(RequestRejected.class, refusal -> {
            assertThat(refusal.field()).isEqualTo("files");
            assertThat(refusal.publicMessage())
                    .startsWith("file 'z.bin' has 5368709121 bytes, but in one request an S3 store takes");
        });
        assertThat(SERVER.keys(bucket)).isEmpty();
    }

    @Test
    void shouldNotMixTheFilesOfTwoWhoPublish() throws IOException {
        SERVER.put(bucket, "registry/iris/1/model.onnx", new byte[] {9});
        now = Instant.now();

        assertThatThrownBy(() -> source.publish(publication(new byte[] {1, 2, 3})))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
    }

    @Test
    void shouldReplaceWhatNobodyFinishedForADay() throws IOException {
        leaveHalf(new byte[] {9});
        now = Instant.now().plus(Duration.ofDays(2));
        cache.close();
        cache = ArtifactCache.open(directory.resolve("another"), 1 << 20, () -> now);
        source = source(new FixedS3Config(bucket, door.address()));

        assertThat(source.publish(publication(new byte[] {1, 2, 3}))).isTrue();
        assertThat(source.fetch(IRIS_1).model()).hasBinaryContent(new byte[] {1, 2, 3});
    }

    private Publication publication(byte[] model) throws IOException {
        Path file = Files.write(directory.resolve("upload"), model);
        return new Publication(IRIS_1, manifest(IRIS_1), new TreeMap<>(Map.of("model.onnx", file)));
    }

    @Test
    void shouldRemoveEveryObjectOfAVersionAndNoOther() throws IOException {
        put("iris", "1");
        put("iris", "10");

        source.delete(IRIS_1);

        assertThat(SERVER.keys(bucket))
                .containsExactly("registry/iris/10/manifest.json", "registry/iris/10/model.onnx");
    }

    @Test
    void shouldCountWhatItIsAsked() throws IOException {
        source.list();
        breakDown();
        assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);

        assertThat(requests("list", "ok")).isOne();
        assertThat(requests("list", "failed")).isOne();
    }

    private double requests(String operation, String result) {
        return meters.get("weir.registry.requests")
                .tags("op", operation, "result", result)
                .counter()
                .count();
    }

    @ParameterizedTest
    @CsvSource({
        ", registry, http://127.0.0.1:1, weir.registry.s3.bucket: must name the bucket of model versions",
        "models, a//b, http://127.0.0.1:1, weir.registry.s3.prefix: must be names of A-Z a-z 0-9 . _ - with / between them",
        "models, registry, ftp://store, weir.registry.s3.endpoint: must be an http or https address",
        "models, registry, http://ada:secret@store, weir.registry.s3.endpoint: must not hold credentials"
    })
    void shouldNotStartWithAWrongConfiguration(String name, String prefix, URI endpoint, String message) {
        assertThatThrownBy(() -> source(
                        new FixedS3Config(Optional.ofNullable(name), Optional.of(prefix), Optional.of(endpoint), 1)))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage(message);
    }

    @Test
    @Timeout(120)
    @DisabledOnOs(OS.WINDOWS)
    void shouldServeNothingHalfAfterAKillInATransfer() throws Exception {
        byte[] large = "x".repeat(500_000).getBytes(StandardCharsets.UTF_8);
        put(IRIS_1, manifest(IRIS_1, large), large);
        cache.close();
        door.fates(request -> isFile(request) ? new Fate.Stall(300_000) : new Fate.Pass());
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Daws.accessKeyId=test",
                        "-Daws.secretAccessKey=test-secret",
                        "-cp",
                        System.getProperty("java.class.path"),
                        S3FetchProbe.class.getName(),
                        directory.resolve("cache").toString(),
                        bucket,
                        door.address().toString())
                .inheritIO()
                .start();
        try {
            assertThat(door.awaitStall()).isTrue();
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(directory.resolve("cache/work"))
                    .isDirectoryRecursivelyContaining("glob:**/model.onnx"));
        } finally {
            child.destroyForcibly().waitFor();
        }

        open();

        assertThat(directory.resolve("cache/work")).isEmptyDirectory();
        assertThat(directory.resolve("cache/versions")).isEmptyDirectory();
        door.fates(request -> new Fate.Pass());
        assertThat(source.fetch(IRIS_1).model()).hasBinaryContent(large);
    }
}
