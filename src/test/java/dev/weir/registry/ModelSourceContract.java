package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelArtifact;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ModelSource} must do. A source's test extends this and says how a version gets into it. */
public abstract class ModelSourceContract {

    /** An empty directory. */
    @TempDir
    protected Path directory;

    /** Returns the source. */
    protected abstract ModelSource source();

    /** Puts a version's manifest and model into the source. */
    protected abstract void put(VersionRef ref, byte[] manifest, byte[] model) throws IOException;

    /** Makes the source as a whole unreadable. */
    protected abstract void breakDown() throws IOException;

    /** Says whether the source takes publications; one that does not must refuse them. */
    protected boolean takesPublications() {
        return true;
    }

    private static final byte[] MODEL = {1, 2, 3};

    /** Returns a small manifest of a version whose file is {@code model.onnx}. */
    protected static byte[] manifest(VersionRef ref) {
        return manifest(ref, MODEL);
    }

    /** Returns a small manifest of a version whose file {@code model.onnx} has these bytes. */
    protected static byte[] manifest(VersionRef ref, byte[] model) {
        return """
                {
                  "schema_version": "1.0", "model": "%s", "version": "%s", "format": "onnx",
                  "files": [{"path": "model.onnx", "sha256": "%s", "bytes": %d}],
                  "signature": {
                    "batch_axis": 0,
                    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1]}],
                    "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]
                  }
                }
                """.formatted(ref.model(), ref.version(), ArtifactDigests.sha256(model), model.length)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Puts a version that is in order into the source. */
    protected void put(String model, String version) throws IOException {
        VersionRef ref = new VersionRef(model, version);
        put(ref, manifest(ref), MODEL);
    }

    @Test
    void shouldListNothingInAnEmptyRegistry() {
        assertThat(source().list().versions().keySet()).isEmpty();
    }

    @Test
    void shouldListVersionsByModelAndVersion() throws IOException {
        put("wine", "1");
        put("iris", "1");
        put("iris", "2");

        assertThat(source().list().versions().keySet())
                .containsExactly(new VersionRef("iris", "1"), new VersionRef("iris", "2"), new VersionRef("wine", "1"));
    }

    @Test
    void shouldListAVersionWhoseManifestIsWrong() throws IOException {
        put(new VersionRef("iris", "1"), new byte[] {'{'}, MODEL);

        assertThat(source().list().versions().keySet()).containsExactly(new VersionRef("iris", "1"));
    }

    @Test
    void shouldNotTakeAFailureForAnEmptyRegistry() throws IOException {
        put("iris", "1");
        breakDown();

        assertThatThrownBy(() -> source().list()).isInstanceOf(RegistryUnavailable.class);
    }

    @Test
    void shouldFetchAVersion() throws IOException {
        put("iris", "1");

        ModelArtifact artifact = source().fetch(new VersionRef("iris", "1"));

        assertThat(artifact.manifest().ref()).isEqualTo(new VersionRef("iris", "1"));
        assertThat(Files.readAllBytes(artifact.model())).isEqualTo(MODEL);
    }

    @Test
    void shouldKnowAVersionByTheDigestOfItsManifest() throws IOException {
        put("iris", "1");

        assertThat(source().fetch(new VersionRef("iris", "1")).digest())
                .isEqualTo("sha256:" + ArtifactDigests.sha256(manifest(new VersionRef("iris", "1"))));
    }

    @Test
    void shouldDescribeAVersionAsItIsOnceItIsHere() throws IOException {
        VersionRef ref = new VersionRef("iris", "1");
        put("iris", "1");

        Description described = source().describe(ref);

        assertThat(described).isEqualTo(Description.of(source().fetch(ref)));
    }

    @Test
    void shouldRefuseToDescribeWhatItRefusesToFetch() throws IOException {
        put(new VersionRef("iris", "1"), "{}".getBytes(StandardCharsets.UTF_8), MODEL);

        for (VersionRef wrong : List.of(new VersionRef("iris", "1"), new VersionRef("wine", "1"))) {
            assertThatThrownBy(() -> source().describe(wrong)).isInstanceOf(ArtifactRejected.class);
        }
    }

    @Test
    void shouldRefuseAVersionThatIsNotThere() throws IOException {
        put("iris", "1");

        for (VersionRef missing : List.of(new VersionRef("iris", "2"), new VersionRef("wine", "1"))) {
            assertThatThrownBy(() -> source().fetch(missing))
                    .isInstanceOf(ArtifactRejected.class)
                    .hasMessage("the registry has no version " + missing);
        }
    }

    @Test
    void shouldRefuseAManifestOfAnotherVersion() throws IOException {
        put(new VersionRef("iris", "1"), manifest(new VersionRef("wine", "7")), MODEL);

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the manifest of iris/1 says it is wine/7");
    }

    @Test
    void shouldRefuseAManifestThatIsWrong() throws IOException {
        put(new VersionRef("iris", "1"), "{}".getBytes(StandardCharsets.UTF_8), MODEL);

        assertThatThrownBy(() -> source().fetch(new VersionRef("iris", "1")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("manifest: field 'schema_version' is missing");
    }

    @Test
    void shouldKeepPathsOutOfPublicMessages() throws IOException {
        breakDown();

        RegistryUnavailable refusal = catchThrowableOfType(RegistryUnavailable.class, () -> source().list());

        assertThat(refusal.publicMessage()).doesNotContain(directory.toString());
    }

    @Test
    void shouldMarkAVersionDifferentlyOnceItsFilesDiffer() throws IOException {
        VersionRef ref = new VersionRef("iris", "1");
        put("iris", "1");
        String before = source().list().mark(ref);

        put(ref, manifest(ref), new byte[] {1, 2, 3, 4});

        assertThat(source().list().mark(ref)).isNotNull().isNotEqualTo(before);
    }

    @Test
    void shouldMarkAVersionTheSameAsLongAsItsFilesAreTheSame() throws IOException {
        put("iris", "1");

        assertThat(source().list()).isEqualTo(source().list());
    }

    private static AliasMove move(@Nullable String from, String to) {
        return new AliasMove("champion", from, to, "ada", Instant.parse("2026-01-02T03:04:05Z"), "better recall");
    }

    @Test
    void shouldHaveNoAliasesAtFirst() throws IOException {
        put("iris", "1");

        assertThat(source().list().resolve("iris", "champion")).isNull();
    }

    @Test
    void shouldMoveAnAlias() throws IOException {
        put("iris", "1");
        put("iris", "2");
        source().moveAlias("iris", move(null, "1"));

        source().moveAlias("iris", move("1", "2"));

        assertThat(source().list().resolve("iris", "champion")).isEqualTo(new VersionRef("iris", "2"));
    }

    @Test
    void shouldKeepWhoMovedAnAliasWhenAndWhyTheNewestFirst() throws IOException {
        put("iris", "1");
        put("iris", "2");
        source().moveAlias("iris", move(null, "1"));
        source().moveAlias("iris", move("1", "2"));

        assertThat(source().aliasHistory("iris")).containsExactly(move("1", "2"), move(null, "1"));
    }

    @Test
    void shouldRefuseAMoveFromOldKnowledge() throws IOException {
        put("iris", "1");
        put("iris", "2");
        source().moveAlias("iris", move(null, "1"));

        assertThatThrownBy(() -> source().moveAlias("iris", move(null, "2")))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
        assertThat(source().list().resolve("iris", "champion")).isEqualTo(new VersionRef("iris", "1"));
    }

    @Test
    void shouldRefuseAnAliasToAVersionThatIsNotThere() throws IOException {
        put("iris", "1");

        assertThatThrownBy(() -> source().moveAlias("iris", move(null, "9")))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.UNKNOWN_VERSION));
        assertThat(source().list().aliases().get("iris")).isEmpty();
    }

    @Test
    void shouldTakeMovesFromManyThreads() throws Exception {
        put("iris", "1");
        int many = 16;
        try (ExecutorService callers = Executors.newFixedThreadPool(many)) {
            List<Callable<Boolean>> moves = IntStream.range(0, many)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        source().moveAlias(
                                        "iris",
                                        new AliasMove(
                                                "alias" + i,
                                                null,
                                                "1",
                                                "ada",
                                                Instant.parse("2026-01-02T03:04:05Z"),
                                                "new"));
                        return true;
                    })
                    .toList();
            for (Future<Boolean> move : callers.invokeAll(moves)) {
                assertThat(move.get()).isTrue();
            }
        }

        assertThat(source().list().aliases().get("iris")).hasSize(many);
        assertThat(source().aliasHistory("iris")).hasSize(many);
    }

    private Publication publication(VersionRef ref) throws IOException {
        return publication(ref, manifest(ref));
    }

    private Publication publication(VersionRef ref, byte[] manifest) throws IOException {
        Path file = Files.write(directory.resolve("to-publish"), MODEL);
        return new Publication(ref, manifest, new TreeMap<>(Map.of("model.onnx", file)));
    }

    @Test
    void shouldPublishAVersion() throws IOException {
        assumeTrue(takesPublications());
        VersionRef ref = new VersionRef("iris", "1");

        boolean published = source().publish(publication(ref));

        assertThat(published).isTrue();
        assertThat(source().list().holds(ref)).isTrue();
        assertThat(Files.readAllBytes(source().fetch(ref).model())).isEqualTo(MODEL);
    }

    @Test
    void shouldTakeTheSamePublicationTwice() throws IOException {
        assumeTrue(takesPublications());
        VersionRef ref = new VersionRef("iris", "1");
        source().publish(publication(ref));

        assertThat(source().publish(publication(ref))).isFalse();
    }

    @Test
    void shouldRefuseToChangeAVersion() throws IOException {
        assumeTrue(takesPublications());
        VersionRef ref = new VersionRef("iris", "1");
        source().publish(publication(ref));
        byte[] other = new String(manifest(ref), StandardCharsets.UTF_8)
                .replace("{", "{ ")
                .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> source().publish(publication(ref, other)))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.CONFLICT));
        assertThat(source().fetch(ref).digest()).isEqualTo("sha256:" + ArtifactDigests.sha256(manifest(ref)));
    }

    @Test
    void shouldShowNothingOfAPublicationThatFails() throws IOException {
        assumeTrue(takesPublications());
        VersionRef ref = new VersionRef("iris", "1");
        Publication halfGone =
                new Publication(ref, manifest(ref), new TreeMap<>(Map.of("model.onnx", directory.resolve("nowhere"))));

        assertThatThrownBy(() -> source().publish(halfGone)).isInstanceOf(RegistryUnavailable.class);

        assertThat(source().list().versions().keySet()).isEmpty();
    }

    @Test
    void shouldPublishOnceWhenManyTry() throws Exception {
        assumeTrue(takesPublications());
        VersionRef ref = new VersionRef("iris", "1");
        Publication publication = publication(ref);
        int many = 8;
        List<Boolean> published = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(many)) {
            List<Callable<Boolean>> tries = Collections.nCopies(many, () -> source().publish(publication));
            for (Future<Boolean> each : callers.invokeAll(tries)) {
                published.add(each.get());
            }
        }

        assertThat(published).containsOnlyOnce(true).hasSize(many);
    }

    @Test
    void shouldRefusePublicationsWithACodeWhenItTakesNone() throws IOException {
        assumeTrue(!takesPublications());
        Publication publication = publication(new VersionRef("iris", "1"));

        assertThatThrownBy(() -> source().publish(publication))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.UNSUPPORTED_REQUEST));
    }

    private static final Revocation UNFAIR =
            new Revocation("ada", Instant.parse("2026-01-02T03:04:05Z"), "trained on leaked labels");

    @Test
    void shouldRevokeAVersion() throws IOException {
        put("iris", "1");
        put("iris", "2");

        source().revoke(new VersionRef("iris", "1"), UNFAIR);

        assertThat(source().list().revoked()).containsOnly(Map.entry(new VersionRef("iris", "1"), UNFAIR));
    }

    @Test
    void shouldKeepTheFirstRevocation() throws IOException {
        VersionRef ref = new VersionRef("iris", "1");
        put("iris", "1");
        source().revoke(ref, UNFAIR);

        source().revoke(ref, new Revocation("bob", Instant.parse("2026-02-02T03:04:05Z"), "again"));

        assertThat(source().list().revocation(ref)).isEqualTo(UNFAIR);
    }

    @Test
    void shouldRefuseToRevokeAVersionThatIsNotThere() {
        assertThatThrownBy(() -> source().revoke(new VersionRef("iris", "1"), UNFAIR))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.UNKNOWN_VERSION));
    }

    @Test
    void shouldDeleteAVersion() throws IOException {
        put("iris", "1");
        put("iris", "2");

        source().delete(new VersionRef("iris", "1"));

        assertThat(source().list().versions().keySet()).containsExactly(new VersionRef("iris", "2"));
    }

    @Test
    void shouldRefuseToDeleteAVersionThatIsNotThere() {
        assertThatThrownBy(() -> source().delete(new VersionRef("iris", "1")))
                .isInstanceOfSatisfying(RequestRejected.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(FailureCode.UNKNOWN_VERSION));
    }
}
