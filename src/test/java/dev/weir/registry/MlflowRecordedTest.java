package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.FixedLoadConfig;
import dev.weir.fixture.FixedS3Config;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataValue;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real MLflow answered, read as a registry; and what happens when it answers something else. */
class MlflowRecordedTest {

    private static final VersionRef FIRST = new VersionRef("iris", "1");
    private static final VersionRef SECOND = new VersionRef("iris", "2");
    private static final String SECRET = "keep-it-secret";

    @TempDir
    Path directory;

    private RecordedMlflow mlflow;
    private ArtifactCache cache;
    private MlflowModelSource source;

    @BeforeEach
    void open() throws IOException {
        mlflow = new RecordedMlflow();
        cache = ArtifactCache.open(directory, 1 << 20, InstantSource.system());
        source = source(MlflowSettings.of(mlflow.url()));
    }

    private MlflowModelSource source(MlflowConfig config) {
        return new MlflowModelSource(
                config, FixedS3Config.NONE, cache, new ModelDescriber(new OnnxFormat()), new FixedLoadConfig());
    }

    @AfterEach
    void close() {
        source.close();
        cache.close();
        mlflow.close();
    }

    @Test
    void shouldListAllPages() {
        assertThat(source.list().versions().keySet()).containsExactly(FIRST, SECOND);
    }

    @Test
    void shouldReadAliases() {
        assertThat(source.list().aliases().get("iris"))
                .containsExactly(Map.entry("champion", "2"), Map.entry("first", "1"));
    }

    @Test
    void shouldTakeATagSetByHandForARevocation() {
        assertThat(source.list().revoked()).containsOnlyKeys(FIRST);
        assertThat(source.list().revocation(FIRST).reason()).isEqualTo("leaked");
    }

    @Test
    void shouldSayWhichNamesItDoesNotSee() {
        assertThat(source.list().problems())
                .containsOnlyKeys(MlflowListing.SKIPPED)
                .hasEntrySatisfying(MlflowListing.SKIPPED, problem -> assertThat(problem)
                        .startsWith(
                                "MLflow has 1 models or aliases that Weir does not see, such as 'no name? for Weir'"));
    }

    @Test
    void shouldMakeTheSignatureFromTheOnnxFileAndTheColumns() {
        ModelSignature signature = source.fetch(FIRST).manifest().signature();

        assertThat(signature.batched()).isTrue();
        assertThat(signature.inputs()).singleElement().satisfies(input -> {
            assertThat(input.datatype()).isEqualTo(DataType.FP32);
            assertThat(input.shape()).isEqualTo(ShapePattern.of(-1, 4));
            assertThat(input.features())
                    .containsExactly("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)");
        });
        assertThat(signature.output("probabilities").shape()).isEqualTo(ShapePattern.of(-1, 3));
    }

    @Test
    void shouldListOnlyTheFilesThatTheModelNeeds() {
        assertThat(source.fetch(FIRST).manifest().files())
                .extracting(ArtifactFile::path)
                .containsExactly("model.onnx");
    }

    @Test
    void shouldHandOverFilesThatHaveTheDigestsOfTheManifest() {
        ArtifactDigests.verify(source.fetch(FIRST));
    }

    @Test
    void shouldReadTheLineageFromTheRun() {
        Lineage lineage = source.fetch(FIRST).manifest().lineage();

        assertThat(lineage.runId()).isEqualTo("0f310af960cd4b938685d575bf44adb8");
        assertThat(lineage.code().revision()).isEqualTo("c2203e8387468cfe5140e71ba1cd432555ba1dde");
        assertThat(lineage.code().path()).isEqualTo("register_with_mlflow.py");
        assertThat(lineage.metrics()).containsOnly(Map.entry("accuracy", 0.9733333333333334));
        assertThat(lineage.trainingData().reference()).isEqualTo("iris@d9ca403e");
        assertThat(lineage.trainingData().rows()).isEqualTo(150);
        assertThat(lineage.author()).isEqualTo("root");
        assertThat(lineage.project()).isEqualTo("Default");
        assertThat(lineage.createdAt()).startsWith("2026-11-23T19:30:");
        assertThat(lineage.environment())
                .contains(Map.entry("python", "3.11.7"), Map.entry("mlflow", "3.17.2"), Map.entry("onnx", "1.23.2"));
    }

    @Test
    void shouldKnowAVersionByTheSameDigestWheneverItIsFetched() throws IOException {
        ModelArtifact before = source.fetch(FIRST);
        try (ArtifactCache other = ArtifactCache.open(directory.resolve("other"), 1 << 20, InstantSource.system())) {
            MlflowModelSource again = new MlflowModelSource(
                    MlflowSettings.of(mlflow.url()),
                    FixedS3Config.NONE,
                    other,
                    new ModelDescriber(new OnnxFormat()),
                    new FixedLoadConfig());

            assertThat(again.fetch(FIRST).digest()).isEqualTo(before.digest());

            again.close();
        }
    }

    @Test
    void shouldRefuseAVersionThatIsNotThere() {
        assertThatThrownBy(() -> source.fetch(new VersionRef("iris", "3")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the registry has no version iris/3");
    }

    @Test
    void shouldRefuseAnArtifactThatChangedUnderItsVersion() {
        source.fetch(FIRST);
        mlflow.change(
                "/model-versions/get",
                was -> replaced(was, "\"last_updated_timestamp\": 1", "\"last_updated_timestamp\": 2"));
        mlflow.change("/model.onnx", was -> replaced(was, "skl2onnx", "skl3onnx"));

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("are not what they were when they were first read");
    }

    @Test
    void shouldTakeAVersionThatWasMadeAnewUnderItsNumber() {
        source.fetch(FIRST);
        mlflow.change(
                "/model-versions/get", was -> replaced(was, "\"creation_timestamp\": 1", "\"creation_timestamp\": 2"));
        mlflow.change("/model.onnx", was -> replaced(was, "skl2onnx", "skl3onnx"));

        assertThat(source.fetch(FIRST).manifest().ref()).isEqualTo(FIRST);
    }

    private static RecordedMlflow.Recorded replaced(RecordedMlflow.Recorded was, String what, String with) {
        String text = new String(was.body(), StandardCharsets.ISO_8859_1);
        assertThat(text).contains(what);
        return new RecordedMlflow.Recorded(
                was.path(), was.query(), was.status(), text.replace(what, with).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldRefuseAFileThatIsLongerThanListed() {
        mlflow.answer("/model.onnx", 200, new byte[100_000]);

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' has more than 623 bytes");
    }

    @Test
    void shouldNotTakeAFileThatBreaksOffForTheWhole() {
        mlflow.answer("/model.onnx", 200, new byte[10]);

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("MLflow broke off after 10 of 623 bytes of a file");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503, 504})
    void shouldNotTakeAFailureForAnEmptyRegistry(int status) {
        mlflow.answer("/registered-models/search", status, "<html>no</html>".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"<!doctype html><title>Log in</title>", "", "null", "[]", "{} {}", "{\"registered_models\": 7}"})
    void shouldNotTakeWhatIsNoAnswerOfMlflowForAnEmptyRegistry(String body) {
        mlflow.answer("/registered-models/search", 200, body.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.list())
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("what answered registered-models/search is not MLflow");
    }

    @Test
    void shouldNotTakeSomePagesForTheRegistry() {
        mlflow.change(
                "/model-versions/search",
                was -> was.query().containsKey("page_token")
                        ? new RecordedMlflow.Recorded(was.path(), was.query(), 503, new byte[0])
                        : was);

        assertThatThrownBy(() -> source.list())
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("MLflow answered 503 to model-versions/search");
    }

    @Test
    void shouldNotReadPagesForEver() {
        mlflow.answer(
                "/model-versions/search", 200, "{\"next_page_token\": \"same\"}".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.list())
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("MLflow's pages do not end");
    }

    @Test
    void shouldNotTakeALostServerForAMissingVersion() {
        mlflow.answer("/model-versions/get", 404, "<html>not found</html>".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.fetch(FIRST)).isInstanceOf(RegistryUnavailable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"mlflow-artifacts:/../../etc", "mlflow-artifacts:/a//b", "mlflow-artifacts://elsewhere:80/a"})
    void shouldNotFollowAnAddressThatLeadsElsewhere(String uri) {
        mlflow.answer(
                "/get-download-uri", 200, ("{\"artifact_uri\": \"" + uri + "\"}").getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOfAny(ArtifactRejected.class, RegistryUnavailable.class)
                .hasMessageMatching(".*(leads elsewhere|another server).*");
    }

    @Test
    void shouldShowItsTokenToMlflowAndToNobodyElse() {
        mlflow.answer("/registered-models/search", 401, new byte[0]);
        source.close();
        source = source(MlflowSettings.of(mlflow.url()).with(SECRET));

        RegistryUnavailable refusal = catchThrowableOfType(RegistryUnavailable.class, () -> source.list());

        assertThat(mlflow.authorizations()).containsExactly("Bearer " + SECRET);
        assertThat(refusal).hasMessage("MLflow refuses the credentials (401)");
        assertThat(source.identity()).doesNotContain(SECRET);
    }

    @Test
    void shouldShowAUserAndPassword() {
        source.close();
        source = source(MlflowSettings.of(mlflow.url()).as("ada", SECRET));

        source.list();

        assertThat(mlflow.authorizations()).containsExactly("Basic YWRhOmtlZXAtaXQtc2VjcmV0");
    }

    @Test
    void shouldNotWaitForEver() {
        mlflow.close();
        try (SilentServer silent = new SilentServer("")) {
            source.close();
            source = source(MlflowSettings.of(silent.url()).within(Duration.ofMillis(200)));

            assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);
        }
    }

    @Test
    void shouldDescribeAVersionWithoutItsModel() {
        mlflow.answer("/model.onnx", 500, new byte[0]);

        Description described = source.describe(FIRST);

        assertThat(described.isWhole()).isFalse();
        assertThat(described.metadata().text("format")).isEqualTo("onnx");
        assertThat(described.metadata().text("bytes")).isEqualTo("623");
    }

    @Test
    void shouldDescribeAllThatAPolicyMayAskForAsItIsAfterADownload() {
        SortedMap<String, MetadataValue> before =
                source.describe(FIRST).metadata().fields();

        SortedMap<String, MetadataValue> after =
                new TreeMap<>(Metadata.of(source.fetch(FIRST).manifest()).fields());
        after.keySet().removeIf(field -> field.startsWith("files.") || field.startsWith("signature."));
        assertThat(before).isEqualTo(after).containsKey("lineage.metrics.accuracy");
    }

    @Test
    void shouldDescribeAVersionThatIsHereAsAWhole() {
        ModelArtifact fetched = source.fetch(FIRST);

        assertThat(source.describe(FIRST)).isEqualTo(Description.of(fetched));
    }

    @Test
    void shouldNotDescribeAVersionThatIsNotThere() {
        assertThatThrownBy(() -> source.describe(new VersionRef("iris", "3")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the registry has no version iris/3");
    }

    @Test
    void shouldNotDescribeAModelOfAnotherKind() {
        mlflow.answer("/MLmodel", 200, "flavors: {sklearn: {}}".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> source.describe(FIRST))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining("has no flavor 'onnx'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"file_size\": -1"})
    void shouldStopAFileOfUnknownSizeAtItsLimit(String size) {
        mlflow.change("/mlflow-artifacts/artifacts", was -> replaced(was, ",\n      \"file_size\": 623", size));
        source.close();
        source = new MlflowModelSource(
                MlflowSettings.of(mlflow.url()),
                FixedS3Config.NONE,
                cache,
                new ModelDescriber(new OnnxFormat()),
                new FixedLoadConfig(600));

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' has more than 600 bytes (weir.load.max-file-bytes)");
    }

    @Test
    void shouldNotSayASizeThatItDoesNotKnow() {
        mlflow.change("/mlflow-artifacts/artifacts", was -> replaced(was, ",\n      \"file_size\": 623", ""));

        assertThat(source.describe(FIRST).suffices()).isFalse();
    }

    @Test
    void shouldNotBeginAFileThatIsSaidToBeTooLarge() {
        mlflow.change(
                "/mlflow-artifacts/artifacts",
                was -> replaced(was, "\"file_size\": 623", "\"file_size\": 9223372036854775807"));
        mlflow.answer("/model.onnx", 500, new byte[0]);

        assertThatThrownBy(() -> source.fetch(FIRST))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("file 'model.onnx' has more than 17179869184 bytes (weir.load.max-file-bytes)");
    }

    @Test
    @Timeout(60)
    void shouldNotReadAnAnswerForEverThatDrips() throws Exception {
        try (DrippingServer dripping = new DrippingServer()) {
            source.close();
            source = source(MlflowSettings.of(dripping.url()).within(Duration.ofMillis(500)));

            assertThatThrownBy(() -> source.list())
                    .isInstanceOf(RegistryUnavailable.class)
                    .hasMessage("MLflow did not answer within 500 ms (weir.registry.mlflow.timeout)");
            assertThat(dripping.isAbandoned()).isTrue();
        }
    }

    @Test
    @Timeout(60)
    void shouldNotReadAFileForEverThatDrips() throws Exception {
        try (DrippingServer dripping = new DrippingServer();
                MlflowClient client =
                        new MlflowClient(dripping.url(), null, Duration.ofSeconds(5), Duration.ofMillis(500));
                InputStream file = client.open("model.onnx", Map.of())) {

            assertThatThrownBy(file::readAllBytes).isInstanceOf(IOException.class);
            assertThat(dripping.isAbandoned()).isTrue();
        }
    }

    @Test
    @Timeout(60)
    void shouldNotWaitForEverForTheRestOfAnAnswer() {
        mlflow.close();
        try (SilentServer silent = new SilentServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")) {
            source.close();
            source = source(MlflowSettings.of(silent.url()).within(Duration.ofMillis(500)));

            assertThatThrownBy(() -> source.list()).isInstanceOf(RegistryUnavailable.class);
        }
    }
}
