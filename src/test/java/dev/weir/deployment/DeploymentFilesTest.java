package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.Examples;
import dev.weir.inference.VariantRole;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.registry.metadata.MetadataPolicy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeploymentFilesTest {

    private static final String IRIS = """
            apiVersion: weir.dev/v1
            kind: ModelDeployment
            metadata:
              name: iris
            spec:
              model: iris
              version: "1"
            """;

    @TempDir
    Path directory;

    private DeploymentFiles files() {
        return new DeploymentFiles(new FixedConfig(directory));
    }

    private DeploymentSpec parse(String text) {
        return files().parse(text);
    }

    private DeploymentSpec parseWith(String line) {
        return parse(IRIS + "  " + line + "\n");
    }

    private List<String> problems(String text) {
        return catchThrowableOfType(ConfigurationRejected.class, () -> parse(text))
                .problems();
    }

    private List<String> problemsWith(String line) {
        return problems(IRIS + "  " + line + "\n");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private List<String> problemsOfDirectory() {
        return catchThrowableOfType(ConfigurationRejected.class, () -> files().read(directory))
                .problems();
    }

    @Test
    void shouldReadTheExamples() {
        DeploymentFiles.Reading reading = files().read(Examples.DEPLOYMENTS);

        assertThat(reading.deployments())
                .extracting(DeploymentSpec::name)
                .contains("breast-cancer", "iris", "penguins")
                .isSorted();
    }

    @Test
    void shouldReadADeployment() {
        DeploymentSpec spec = parse("""
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata:
                  name: flowers
                  description: Which flower it is.
                spec:
                  model: iris
                  version: "2"
                  standby: ["1", "3"]
                  required: false
                  timeout: 250ms
                  concurrency: 4
                  queue: 0
                  disclose: version
                """);

        assertThat(spec.name()).isEqualTo("flowers");
        assertThat(spec.description()).isEqualTo("Which flower it is.");
        assertThat(spec.model()).isEqualTo("iris");
        assertThat(spec.variants())
                .containsExactly(
                        new VariantSpec("primary", new VersionChoice.Exactly("2"), VariantRole.PRIMARY),
                        new VariantSpec("standby-1", new VersionChoice.Exactly("1"), VariantRole.STANDBY),
                        new VariantSpec("standby-3", new VersionChoice.Exactly("3"), VariantRole.STANDBY));
        assertThat(spec.required()).isFalse();
        assertThat(spec.timeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(spec.concurrency()).isEqualTo(OptionalInt.of(4));
        assertThat(spec.queue()).isZero();
        assertThat(spec.disclosure()).isEqualTo(Disclosure.VERSION);
    }

    @Test
    void shouldReadAPolicy() {
        DeploymentSpec spec = parseWith("policy: [lineage.git_commit, 'metrics.auc >= @champion']");

        assertThat(spec.policy())
                .isEqualTo(MetadataPolicy.parse(List.of("lineage.git_commit", "metrics.auc >= @champion"), ""));
    }

    @Test
    void shouldNameEveryMistakeInAPolicy() {
        assertThat(problemsWith("policy: [golden, lineage.gitcommit, 'metrics.auc >=']"))
                .containsExactly(
                        "spec.policy[1]: character 1: there is no field 'lineage.gitcommit'",
                        "spec.policy[2]: character 15: something to compare with is expected");
    }

    @Test
    void shouldReadWhatHappensWhenAVersionIsRevoked() {
        assertThat(parseWith("onRevoked: standby").onRevoked()).isEqualTo(OnRevoked.STANDBY);
    }

    @Test
    void shouldRefuseAnotherWordForWhatHappensWhenAVersionIsRevoked() {
        assertThat(problemsWith("onRevoked: serve"))
                .containsExactly("spec.onRevoked must be previous, standby or unready");
    }

    @Test
    void shouldReadAliases() {
        DeploymentSpec spec = parse(IRIS.replace("\"1\"", "\"@champion\""));

        assertThat(spec.variants())
                .containsExactly(
                        new VariantSpec("primary", new VersionChoice.Aliased("champion"), VariantRole.PRIMARY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"@", "@@a", "@../x", "@a b"})
    void shouldRefuseAnAliasThatIsNoName(String alias) {
        assertThatThrownBy(() -> parse(IRIS.replace("\"1\"", '"' + alias + '"')))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageStartingWith("spec.version: a name has");
    }

    @Test
    void shouldFillInDefaults() {
        DeploymentSpec spec = parse(IRIS);

        assertThat(spec)
                .isEqualTo(new DeploymentSpec(
                        "iris",
                        "",
                        "iris",
                        spec.variants(),
                        Traffic.of("iris"),
                        true,
                        Duration.ofSeconds(5),
                        OptionalInt.empty(),
                        256,
                        Disclosure.FULL,
                        MetadataPolicy.NONE,
                        OnRevoked.PREVIOUS,
                        LogPolicy.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource({"1ms, 1", "999ms, 999", "1s, 1000", "60s, 60000", "60000ms, 60000"})
    void shouldReadATimeout(String timeout, long millis) {
        assertThat(parseWith("timeout: " + timeout).timeout()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0s", "0ms", "61s", "60001ms", "1m", "1 s", "-1s", "1.5s", "s", "99999999999s", "PT1S", "\"\""})
    void shouldRefuseATimeoutOutOfBounds(String timeout) {
        assertThat(problemsWith("timeout: " + timeout))
                .containsExactly("spec.timeout must be a duration such as 250ms or 2s, above 0 and at most 60000 ms");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "queue: -1          | spec.queue must be 0 to 1000000",
                "queue: 1000001     | spec.queue must be 0 to 1000000",
                "concurrency: 0     | spec.concurrency must be 1 to 10000",
                "concurrency: 10001 | spec.concurrency must be 1 to 10000",
                "disclose: all      | spec.disclose must be full, version or opaque",
                "disclose: FULL     | spec.disclose must be full, version or opaque",
                "standby: [\"1\"]   | spec: a deployment's variants need distinct names and versions",
                "standby: [\"2\", \"2\"] | spec: a deployment's variants need distinct names and versions",
            })
    void shouldNameAWrongValue(String line, String problem) {
        assertThat(problemsWith(line)).containsExactly(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "a/b", "a b", "\"\"", "caf\u00e9"})
    void shouldRefuseAVersionWhoseNameIsNone(String version) {
        assertThat(problemsWith("standby: [\"2\", " + version + "]"))
                .singleElement()
                .asString()
                .startsWith("spec.standby: a name has");
    }

    @Test
    void shouldRefuseAStandbyWhoseVariantWouldHaveTooLongAName() {
        assertThat(problemsWith("standby: [\"" + "9".repeat(128) + "\"]"))
                .containsExactly("spec.standby: a standby version's name has at most 120 characters");
        assertThat(parseWith("standby: [\"" + "9".repeat(120) + "\"]").variants())
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "apiVersion: weir.dev/v1, apiVersion must be weir.dev/v1",
        "kind: ModelDeployment, kind must be ModelDeployment",
        "'  name: iris', metadata.name is missing",
        "'  model: iris', spec.model is missing",
        "'  version: \"1\"', spec.version is missing",
    })
    void shouldNameAMissingField(String line, String problem) {
        assertThat(problems(IRIS.replace(line + "\n", line.contains("name") ? "  description: x\n" : "")))
                .containsExactly(problem);
    }

    @Test
    void shouldRefuseADeploymentWithoutASpec() {
        assertThat(problems("apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata:\n  name: iris\n"))
                .containsExactly("spec is missing");
    }

    @Test
    void shouldNameEveryMistakeOfAFileAtOnce() {
        assertThat(problems("""
                                apiVersion: weir.dev/v2
                                kind: Deployment
                                metadata:
                                  name: a/b
                                spec:
                                  model: iris
                                  queue: -1
                                  concurrency: 0
                                  timeout: soon
                                  disclose: all
                                """))
                .containsExactly(
                        "apiVersion must be weir.dev/v1",
                        "kind must be ModelDeployment",
                        "metadata.name: a name has 1 to 128 characters out of A-Z a-z 0-9 . _ - and is neither . nor ..",
                        "spec.version is missing",
                        "spec.timeout must be a duration such as 250ms or 2s, above 0 and at most 60000 ms",
                        "spec.queue must be 0 to 1000000",
                        "spec.concurrency must be 1 to 10000",
                        "spec.disclose must be full, version or opaque");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.0", "true", "0x10", "1_000", "1e3", "-1"})
    void shouldHintAtQuotesWhenAVersionIsNoText(String version) {
        assertThat(problems(IRIS.replace("\"1\"", version)))
                .containsExactly(
                        "line 7: 'spec.version' must be a text; what looks like a number or a boolean needs quotes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "null", "yes"})
    void shouldHintAtQuotesWhenAStandbyIsNoText(String version) {
        assertThat(problemsWith("standby: [\"2\", " + version + "]"))
                .containsExactly(
                        "line 8: 'spec.standby[1]' must be a text; what looks like a number or a boolean needs quotes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "required: \"true\" | spec.required",
                "required: 1        | spec.required",
                "queue: many        | spec.queue",
                "queue: \"5\"       | spec.queue",
                "queue: 1.5         | spec.queue",
                "queue: 99999999999 | spec.queue",
                "standby: \"2\"     | spec.standby",
                "standby: {a: b}    | spec.standby",
            })
    void shouldNameAFieldOfTheWrongType(String line, String field) {
        assertThat(problemsWith(line)).containsExactly("line 8: '" + field + "' has the wrong type");
    }

    @Test
    void shouldNameAnUnknownField() {
        assertThat(problemsWith("replicas: 3")).containsExactly("unknown field 'spec.replicas'");
    }

    @Test
    void shouldNameAnUnknownFieldAtTheTop() {
        assertThat(problems(IRIS + "status: {}\n")).containsExactly("unknown field 'status'");
    }

    @Test
    void shouldNameAFieldThatIsGivenTwice() {
        assertThat(problemsWith("version: \"2\"")).containsExactly("line 8: duplicate field 'version'");
    }

    @Test
    void shouldNameAFieldThatIsGivenTwiceAtTheTop() {
        assertThat(problems(IRIS + "kind: ModelDeployment\n")).containsExactly("line 8: duplicate field 'kind'");
    }

    @Test
    void shouldRefuseAliasesInsteadOfTakingTheirNamesForTexts() {
        assertThat(problems(IRIS.replace("model: iris", "model: &v iris").replace("\"1\"", "*v")))
                .containsExactly("line 6: anchors and aliases are not supported");
    }

    @Test
    void shouldRefuseAnAliasBomb() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [lol, lol]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d, *a%d]%n".formatted(i, i, i - 1, i - 1, i - 1));
        }

        assertThat(problems(bomb.toString())).containsExactly("line 1: anchors and aliases are not supported");
    }

    @Test
    void shouldRefuseMergeKeys() {
        assertThat(problemsWith("<<: {queue: 3}")).containsExactly("unknown field 'spec.<<'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: "})
    void shouldRefuseDeepNesting(String open) {
        assertThat(problemsWith("standby: " + open.repeat(100_000)))
                .containsExactly("line 8: the file is nested too deeply");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# nothing but a comment\n", "---\n", "~", "null"})
    void shouldRefuseAnEmptyFile(String text) {
        assertThat(problems(text))
                .singleElement()
                .asString()
                .matches("the file is empty|line [12]: a deployment is a mapping of keys to values");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iris", "42", "- iris", "\"\"", "!!binary aXJpcw=="})
    void shouldRefuseWhatIsNoMapping(String text) {
        assertThat(problems(text)).containsExactly("line 1: a deployment is a mapping of keys to values");
    }

    @Test
    void shouldRefuseTwoDeploymentsInOneFile() {
        assertThat(problems(IRIS + "---\n" + IRIS)).containsExactly("line 8: one file holds one deployment");
    }

    @ParameterizedTest
    @ValueSource(strings = {"spec: [", "a: b: c", "\tkind: x", "a: \"", "a: \u0000", "a: @b", "{", "? [a\n"})
    void shouldRefuseBrokenYaml(String text) {
        assertThat(problems(text)).singleElement().asString().contains("no valid YAML");
    }

    @Test
    void shouldRefuseAnEndlessFile() {
        assertThat(problems("#" + "x".repeat(1 << 20))).containsExactly("the file has more than 1048576 characters");
    }

    @Test
    void shouldIgnoreTagsThatWouldMakeObjects() {
        Throwable thrown =
                catchThrowable(() -> parse(IRIS.replace("iris\n", "!!javax.script.ScriptEngineManager [x]\n")));

        assertThat(thrown).isInstanceOf(ConfigurationRejected.class);
    }

    @Test
    void shouldNameEveryMistakeOfEveryFileAtOnce() throws IOException {
        write("a.yaml", IRIS.replace("weir.dev/v1", "v1").replace("ModelDeployment", "Model"));
        write("b.yml", "spec: [");
        write("c.yaml", IRIS);

        assertThat(problemsOfDirectory())
                .containsExactly(
                        "a.yaml: apiVersion must be weir.dev/v1",
                        "a.yaml: kind must be ModelDeployment",
                        "b.yml: line 1: no valid YAML");
    }

    @Test
    void shouldRefuseTwoFilesThatDefineOneDeployment() throws IOException {
        write("a.yaml", IRIS);
        write("b.yaml", IRIS);

        assertThat(problemsOfDirectory())
                .containsExactly("b.yaml: metadata.name: another file defines deployment 'iris' too");
    }

    @Test
    void shouldRefuseAFileThatIsNoText() throws IOException {
        Files.write(directory.resolve("a.yaml"), new byte[] {'a', ':', ' ', (byte) 0xff});

        assertThat(problemsOfDirectory()).containsExactly("a.yaml: can't be read as UTF-8 text");
    }

    @Test
    void shouldRefuseADirectoryThatIsNotThere() {
        assertThat(catchThrowableOfType(ConfigurationRejected.class, () -> files().read(directory.resolve("missing")))
                        .problems())
                .containsExactly("weir.deployments.directory: the directory of deployment files can't be read");
    }

    @Test
    void shouldReadOnlyYaml() throws IOException {
        write("iris.yaml", IRIS);
        write("README.md", "# not a deployment");
        write("iris.yaml.bak", "[");

        assertThat(files().read(directory).deployments()).hasSize(1);
    }

    @Test
    void shouldSayOfAVersionWithoutQuotesWhatTheGuideSays() throws IOException {
        write("wine.yaml", IRIS.replace("\"1\"", "1"));

        assertThat(Files.readString(Path.of("docs/getting-started.md")))
                .contains("| `" + problemsOfDirectory().getFirst() + "` |");
    }

    @Test
    void shouldPassOverHiddenFiles() throws IOException {
        write("iris.yaml", IRIS);
        write(".half-written.yaml", "apiVersion:");
        Files.createSymbolicLink(directory.resolve(".#iris.yaml"), Path.of("editor@host.4711"));

        assertThat(files().read(directory).deployments()).hasSize(1);
    }

    @Test
    void shouldFollowLinksAsConfigMapsHaveThem() throws IOException {
        Path data = Files.createDirectories(directory.resolve("..data"));
        Files.writeString(data.resolve("iris.yaml"), IRIS);
        Files.createSymbolicLink(directory.resolve("iris.yaml"), Path.of("..data", "iris.yaml"));

        assertThat(files().read(directory).deployments()).hasSize(1);
    }

    @Test
    void shouldRefuseALinkThatLeadsNowhere() throws IOException {
        Files.createSymbolicLink(directory.resolve("iris.yaml"), Path.of("gone.yaml"));

        assertThat(problemsOfDirectory()).containsExactly("iris.yaml: this link leads to no file");
    }

    @Test
    @Timeout(120)
    void shouldNotWaitForAPipe() throws IOException, InterruptedException {
        Process mkfifo =
                new ProcessBuilder("mkfifo", directory.resolve("iris.yaml").toString()).start();
        assertThat(mkfifo.waitFor()).isZero();

        assertThat(problemsOfDirectory()).containsExactly("iris.yaml: this is no regular file");
    }

    @Test
    void shouldNotReadALargeFile() throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("iris.yaml").toFile(), "rw")) {
            file.setLength(1L << 33); // sparse, and more than a text can hold
        }

        assertThat(problemsOfDirectory()).containsExactly("iris.yaml: the file has more than 1048576 bytes");
    }

    @Test
    void shouldReadAnEmptyDirectory() {
        DeploymentFiles.Reading reading = files().read(directory);

        assertThat(reading.deployments()).isEmpty();
        assertThat(reading.digest()).matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void shouldGiveTheSameFilesTheSameDigest() throws IOException {
        write("b.yaml", IRIS.replace("name: iris", "name: b"));
        write("a.yaml", IRIS);
        String digest = files().read(directory).digest();
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Files.copy(directory.resolve("a.yaml"), copy.resolve("a.yaml"));
        Files.copy(directory.resolve("b.yaml"), copy.resolve("b.yaml"));

        assertThat(files().read(copy).digest()).isEqualTo(digest);
    }

    @ParameterizedTest
    @CsvSource({"a.yaml, # a comment", "b.yaml, ''"})
    void shouldGiveOtherFilesAnotherDigest(String name, String more) throws IOException {
        write("a.yaml", IRIS);
        String digest = files().read(directory).digest();
        Files.delete(directory.resolve("a.yaml"));
        write(name, IRIS + more);

        assertThat(files().read(directory).digest()).isNotEqualTo(digest);
    }

    @Test
    void shouldNeverFailWithAnythingButARefusal() {
        Random random = new Random(20_260_101);
        String[] pieces = {
            "[",
            "]",
            "{",
            "}",
            ": ",
            "- ",
            "&a ",
            "*a",
            "!!str ",
            "| ",
            "> ",
            "? ",
            "\"",
            "'",
            "#",
            "\t",
            "\n",
            "\u0000",
            "~",
            "null",
            "1e999",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "<<",
            "@",
            "`",
            "\ud83d\ude00",
            "\\x41"
        };
        for (int i = 0; i < 1_500; i++) {
            StringBuilder text = new StringBuilder(IRIS + "  standby: [\"2\"]\n  queue: 5\n  timeout: 1s\n");
            for (int k = random.nextInt(3); k >= 0; k--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.insert(at, pieces[random.nextInt(pieces.length)]);
                    case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(10)));
                    default -> text.setCharAt(at, (char) (' ' + random.nextInt(95)));
                }
            }

            Throwable thrown = catchThrowable(() -> parse(text.toString()));

            if (thrown != null) {
                assertThat(thrown).as(text.toString()).isInstanceOf(ConfigurationRejected.class);
            }
        }
    }
}
