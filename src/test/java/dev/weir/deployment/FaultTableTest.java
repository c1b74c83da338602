package dev.weir.deployment;

import static dev.weir.fixture.OnnxBytes.join;
import static dev.weir.fixture.OnnxBytes.number;
import static dev.weir.fixture.OnnxBytes.part;
import static dev.weir.fixture.OnnxBytes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.UnknownFieldSet;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.FixedLoadConfig;
import dev.weir.fixture.LogLines;
import dev.weir.registry.Listing;
import dev.weir.registry.LoadJournal;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ServableState;
import dev.weir.store.ReplicaIncarnation;
import dev.weir.store.SqliteStateStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that may be wrong with a version, or with the registry, when an alias moves to it: what serves afterwards,
 * what is said of it, and that it serves once the fault is mended.
 */
class FaultTableTest {

    private static final String NOT_LOADED = "version breast-cancer/2 is not loaded";
    private static final long FITS_ONE = 32_999; // version 1 has 1,062 bytes, version 2 32,087

    @TempDir
    Path directory;

    /** Does harm. */
    private interface Damage {
        void to(FaultScene scene) throws Exception;
    }

    /**
     * A fault.
     *
     * @param name what it is
     * @param damage how it comes about
     * @param problem what the deployment says, or null
     * @param reason what is said of version 2, or null when it was not tried
     * @param registry what is said of the registry, or null
     * @param maxLoadedBytes the bound on what is loaded, 0 for none; a fault that has one is not mended
     * @param stored whether the registry lies in a store, and the server has a cache
     */
    private record Fault(
            String name,
            Damage damage,
            @Nullable String problem,
            @Nullable String reason,
            @Nullable String registry,
            long maxLoadedBytes,
            boolean stored) {

        /** A fault in a directory. */
        Fault(
                String name,
                Damage damage,
                @Nullable String problem,
                @Nullable String reason,
                @Nullable String registry,
                long maxLoadedBytes) {
            this(name, damage, problem, reason, registry, maxLoadedBytes, false);
        }

        /** A fault of version 2, which is refused. */
        static Fault of(String name, Damage damage, String reason) {
            return new Fault(name, damage, NOT_LOADED, reason, null, 0);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "truncated",
                        scene -> Files.write(scene.model(), Arrays.copyOf(bytes(scene), 16_000)),
                        "file 'model.onnx' has 16000 bytes, but the manifest says 32087"),
                Fault.of(
                        "flipped bit",
                        scene -> {
                            byte[] model = bytes(scene);
                            model[20_000] ^= 1;
                            Files.write(scene.model(), model);
                        },
                        "file 'model.onnx' does not have the SHA-256 that the manifest lists"),
                Fault.of(
                        "wrong digest",
                        scene -> scene.editManifest(
                                manifest -> ((ObjectNode) manifest.at("/files/0")).put("sha256", "0".repeat(64))),
                        "file 'model.onnx' does not have the SHA-256 that the manifest lists"),
                Fault.of(
                        "missing file",
                        scene -> Files.delete(scene.model()),
                        "file 'model.onnx' is missing or no regular file"),
                Fault.of(
                        "a link out of the registry",
                        scene -> {
                            Path elsewhere =
                                    Files.move(scene.model(), scene.registry().resolveSibling("elsewhere.onnx"));
                            Files.createSymbolicLink(scene.model(), elsewhere);
                        },
                        "file 'model.onnx' is or lies behind a link"),
                Fault.of(
                        "too large",
                        scene -> scene.register(new byte[(1 << 20) + 1]),
                        "file 'model.onnx' has 1048577 bytes, but may have 1048576 (weir.load.max-file-bytes)"),
                Fault.of("not a model", scene -> scene.register(new byte[100]), "the model file is no ONNX model"),
                Fault.of(
                        "manifest cut short",
                        scene -> Files.write(
                                scene.model().resolveSibling("manifest.json"),
                                "{\"schema_version\": \"1.0\", ".getBytes(StandardCharsets.UTF_8)),
                        "manifest: no valid JSON"),
                Fault.of(
                        "wrong opset",
                        scene -> scene.register(withOperatorSets(bytes(scene), 999)),
                        "ONNX Runtime refuses the model"),
                Fault.of(
                        "operator that is not built in",
                        scene -> scene.register(join(bytes(scene), part(8, text(1, "ai.example.custom")))),
                        "the model imports operators of domain 'ai.example.custom', which is not built in"),
                Fault.of(
                        "weights in a file that is not listed",
                        scene -> scene.register(join(
                                bytes(scene),
                                part(
                                        7,
                                        part(
                                                5,
                                                join(
                                                        part(13, join(text(1, "location"), text(2, "/etc/passwd"))),
                                                        number(14, 1)))))),
                        "the model keeps weights in '/etc/passwd', which is none of the files"),
                Fault.of(
                        "input renamed in the file",
                        scene -> scene.register(replaced(bytes(scene), "features", "measures")),
                        "the model has no input 'features'"),
                Fault.of(
                        "input renamed in file and manifest",
                        scene -> {
                            scene.register(replaced(bytes(scene), "features", "measures"));
                            Path manifest = scene.model().resolveSibling("manifest.json");
                            Files.writeString(
                                    manifest,
                                    Files.readString(manifest)
                                            .replace("\"name\":\"features\"", "\"name\":\"measures\""));
                        },
                        "its signature differs from what deployment 'tumours' promises its callers"),
                Fault.of(
                        "golden mismatch",
                        FaultScene::expectOtherwise,
                        "golden sample 'a malignant tumour', output 'label': element 0 is off by more than the tolerance"),
                Fault.of(
                        "NaN outputs",
                        scene -> scene.register(withNanBase(bytes(scene))),
                        "is off by more than the tolerance"),
                new Fault(
                        "load over budget",
                        scene -> {},
                        NOT_LOADED,
                        "the version's 32087 bytes do not fit beside the 1062 that are loaded",
                        null,
                        FITS_ONE),
                Fault.of(
                        "no memory left",
                        scene -> scene.available(OptionalLong.of(50_000)),
                        "not enough memory: the load is expected to take 96261 bytes, and 50000 are left"),
                new Fault(
                        "registry fails", FaultScene::takeAway, null, null, "the registry directory can't be read", 0),
                Fault.of(
                        "registry times out in the middle",
                        scene -> scene.failFetches(() -> new RegistryUnavailable(
                                "the registry did not answer in time", new SocketTimeoutException())),
                        "the registry did not answer in time"),
                new Fault(
                        "partial listing: no aliases",
                        scene -> scene.listed(listing -> Listing.of(listing.versions(), Map.of())),
                        "the registry has no alias @champion for model 'breast-cancer'",
                        null,
                        null,
                        0),
                new Fault(
                        "partial listing: neither versions nor aliases",
                        scene -> scene.listed(listing -> Listing.EMPTY),
                        "the registry has no alias @champion for model 'breast-cancer'",
                        null,
                        null,
                        0),
                new Fault(
                        "killed in the middle of a download, and the store is gone",
                        FaultScene::killDownload,
                        null,
                        null,
                        "the registry's bucket can't be used: the store does not answer",
                        0,
                        true),
                Fault.of(
                        "killed in the middle of a registration",
                        FaultScene::killRegistration,
                        "the registry has no version breast-cancer/2"),
                new Fault(
                        "alias to nothing",
                        scene -> scene.champion("9"),
                        "version breast-cancer/9 is not loaded",
                        null,
                        null,
                        0));
    }

    private static byte[] bytes(FaultScene scene) throws IOException {
        return Files.readAllBytes(scene.model());
    }

    private static byte[] withOperatorSets(byte[] model, long version) throws IOException {
        UnknownFieldSet others =
                UnknownFieldSet.parseFrom(model).toBuilder().clearField(8).build();
        return join(
                others.toByteArray(),
                part(8, join(text(1, ""), number(2, version))),
                part(8, join(text(1, "ai.onnx.ml"), number(2, version))));
    }

    private static byte[] replaced(byte[] model, String from, String to) {
        return new String(model, StandardCharsets.ISO_8859_1).replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The trees' sum begins with a number that stands, as a field of four bytes, right after its name. */
    private static byte[] withNanBase(byte[] model) {
        byte[] changed = model.clone();
        int at = new String(model, StandardCharsets.ISO_8859_1).indexOf("base_values") + "base_values".length() + 1;
        byte[] nan = {0, 0, (byte) 0xC0, 0x7F};
        System.arraycopy(nan, 0, changed, at, nan.length);
        return changed;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void shouldGoOnServingAndSayWhatIsWrong(Fault fault) throws Exception {
        try (FaultScene scene = new FaultScene(directory, fault.stored(), fault.maxLoadedBytes());
                LogLines log = LogLines.of(LoadGate.class)) {
            assertThat(scene.answers()).isEqualTo("1");
            scene.champion("2");
            fault.damage().to(scene);

            scene.refresh();

            assertThat(scene.answers()).isEqualTo("1");
            assertThat(scene.state.isReady()).isTrue();
            assertThat(scene.board.get(FaultScene.ONE)).isInstanceOf(ServableState.Available.class);
            assertThat(scene.deployment().problem()).isEqualTo(fault.problem());
            assertThat(scene.loader.registryProblem()).isEqualTo(fault.registry());
            if (fault.reason() != null) {
                assertReported(scene, log, fault.reason());
            }

            if (fault.maxLoadedBytes() == 0) {
                scene.mend();
                assertThat(scene.answers()).isEqualTo("2");
                assertThat(scene.deployment().problem()).isNull();
            }
        }
    }

    private static void assertReported(FaultScene scene, LogLines log, String reason) {
        assertThat(scene.board.get(FaultScene.TWO))
                .isInstanceOfSatisfying(ServableState.Failed.class, failed -> assertThat(failed.reason())
                        .contains(reason));
        assertThat(scene.failedLoads()).isOne();
        assertThat(log.lines())
                .filteredOn(line -> line.getMessage().equals("servable refused"))
                .hasSize(1);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldServeEvenWhenTheDiskForItsOwnStateIsFull() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", full.toString()))
                .as("this process may mount")
                .isZero();
        try {
            fill(full);
            LoadJournal journal = journal(full);
            try (FaultScene scene = new FaultScene(directory, 0, journal);
                    LogLines log = LogLines.of(Class.forName("dev.weir.registry.LoadMarks"))) {
                scene.champion("2");

                scene.refresh();

                assertThat(scene.answers()).isEqualTo("2");
                assertThat(log.lines())
                        .extracting(line -> line.getMessage())
                        .containsExactly("the mark of a load can't be written; the version is loaded without it");
            } finally {
                journal.close();
            }
        } finally {
            run("umount", full.toString());
        }
    }

    private LoadJournal journal(Path stateDirectory) {
        SqliteStateStore store = new SqliteStateStore(directory.resolve("other"), InstantSource.system());
        try {
            return new LoadJournal(
                    () -> stateDirectory,
                    new ReplicaIncarnation(store),
                    new FixedLoadConfig(),
                    InstantSource.system(),
                    new SimpleMeterRegistry());
        } finally {
            store.close();
        }
    }

    private static void fill(Path place) throws IOException {
        Files.createDirectory(place.resolve("loads"));
        Path all = place.resolve("all");
        try (OutputStream out = Files.newOutputStream(all)) {
            for (int i = 0; i < 1_000; i++) {
                out.write(new byte[1_024]);
            }
            throw new AssertionError("the disk has no end");
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
