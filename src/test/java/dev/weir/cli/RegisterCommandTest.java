package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.admin.RegistryApiTest;
import dev.weir.fixture.Examples;
import dev.weir.profile.ReferenceProfile;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that hand over models and describe data. */
@QuarkusTest
@TestProfile(RegistryApiTest.OwnRegistry.class)
class RegisterCommandTest {

    private static final Path IRIS = Examples.REGISTRY.resolve("iris/1");
    private static final String DATA = "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6,3,5,2\n";

    @TestHTTPResource
    URI server;

    /** Made by hand: the extension that fills in temporary directories does not know the instance that Quarkus makes. */
    private Path place;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makePlace() throws IOException {
        place = Files.createTempDirectory("weir-register");
    }

    @AfterEach
    void removePlace() throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private int register(String... arguments) {
        List<String> all = new ArrayList<>(List.of(IRIS.resolve("model.onnx").toString()));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--server", server.toString()));
        return run(new RegisterCommand(), all.toArray(String[]::new));
    }

    private int run(Object command, String... arguments) {
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private Path data() throws IOException {
        return Files.writeString(place.resolve("data.csv"), DATA);
    }

    @Test
    void shouldRegisterWithManifestAndTrainingDataAndDoNothingTheSecondTime() throws IOException {
        Path manifest = place.resolve("known.json");
        Files.writeString(
                manifest,
                Files.readString(IRIS.resolve("manifest.json")).replace("\"model\": \"iris\"", "\"model\": \"lily\""));
        String[] arguments = {
            "--model",
            "lily",
            "--manifest",
            manifest.toString(),
            "--training",
            data().toString(),
            "--alias",
            "@challenger",
            "--reason",
            "new"
        };

        assertThat(register(arguments)).as(err.toString()).isZero();
        assertThat(out.toString()).contains("lily/1 is registered, sha256:", "@challenger stands for it");
        assertThat(err.toString()).isEmpty();

        assertThat(register(arguments)).isZero();
        assertThat(out.toString()).contains("lily/1 was there already");
    }

    @Test
    void shouldTellWarnings() {
        assertThat(register("--model", "rose", "--dry-run")).isZero();

        assertThat(out.toString()).contains("rose/1 could be registered");
        assertThat(err.toString()).contains("warning: no golden samples");
    }

    @Test
    void shouldTellWhyAModelIsRefused() {
        assertThat(register("--model", "breast-cancer", "--version", "1")).isEqualTo(1);

        assertThat(err.toString()).contains("CONFLICT: ", "versions never change (version)");
    }

    @Test
    void shouldTellWhenAFileIsMissing() {
        assertThat(register("--model", "x", "--golden", place.resolve("none").toString()))
                .isEqualTo(1);

        assertThat(err.toString()).contains("can't read");
    }

    @Test
    void shouldRefuseWrongUsage() {
        assertThat(register("--model", "a b")).isEqualTo(2);
        assertThat(register("--model", "a", "--alias", "champion")).isEqualTo(2);
        assertThat(register()).isEqualTo(2);
    }

    @Test
    void shouldWriteAProfileOfTheColumnsAModelTakes() throws IOException {
        Path profile = place.resolve("profile.json");

        assertThat(run(new ProfileCommand(), data().toString(), "--model", IRIS.toString(), "-o", profile.toString()))
                .isZero();

        assertThat(ReferenceProfile.read(Files.readAllBytes(profile)).features())
                .hasSize(4);
    }

    @Test
    void shouldPrintAProfileOfNamedColumns() throws IOException {
        assertThat(run(new ProfileCommand(), data().toString(), "--features", "sepal_width,colour"))
                .isZero();

        ReferenceProfile profile = ReferenceProfile.read(out.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(profile.features()).extracting(feature -> feature.name()).containsExactly("sepal_width");
        assertThat(err.toString()).contains("the data have no column 'colour'");
    }

    @Test
    void shouldSayWhyDataCannotBeDescribed() throws IOException {
        Path empty = Files.createFile(place.resolve("empty.csv"));

        assertThat(run(new ProfileCommand(), empty.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("MALFORMED_BODY: the training data are empty");
    }

    @Test
    void shouldEndOtherwiseWhenTheVersionIsThereButItsAliasDidNotMove() throws IOException {
        Path registry = Path.of(ConfigProvider.getConfig().getValue("weir.registry.directory", String.class));
        Path aliases = Files.createDirectories(registry.resolve("thistle")).resolve("aliases.json");
        Files.writeString(aliases, "{");

        int code;
        try {
            code = register("--model", "thistle", "--alias", "@champion", "--reason", "first");
        } finally {
            // The registry is shared with other tests, whose listings this file would fail.
            Files.delete(aliases);
        }

        assertThat(code).isEqualTo(3);
        assertThat(out.toString()).contains("thistle/1 is registered");
        assertThat(err.toString()).contains("the alias did not move: REGISTRY_UNAVAILABLE");
    }
}
