package dev.weir.deployment;

import static dev.weir.fixture.OnnxBytes.join;
import static dev.weir.fixture.OnnxBytes.number;
import static dev.weir.fixture.OnnxBytes.part;
import static dev.weir.fixture.OnnxBytes.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.UnknownFieldSet;
import dev.weir.fixture.S3Door.Fate;
import dev.weir.registry.Listing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The rows of {@link FaultTableTest}. */
final class Faults {

    private static final long FITS_ONE = 32_999; // version 1 has 1,062 bytes, version 2 32,087

    private Faults() {}

    static Stream<Fault> all() {
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
                Fault.of(
                        "NaN outputs, and no golden samples",
                        scene -> {
                            scene.register(withNanBase(bytes(scene)));
                            scene.editManifest(manifest -> manifest.remove("golden"));
                        },
                        "the model answers NaN to each of the made-up rows it was tried on"),
                Fault.of(
                                "load over budget",
                                scene -> {},
                                "the version's 32087 bytes do not fit beside the 1062 that are loaded")
                        .within(FITS_ONE)
                        .restarting("2"),
                Fault.of(
                        "no memory left",
                        scene -> scene.available(OptionalLong.of(50_000)),
                        "not enough memory: the load is expected to take 96261 bytes, and 50000 are left"),
                Fault.ofRegistry("registry fails", FaultScene::takeAway, "the registry directory can't be read")
                        .restarting(Fault.NO_START),
                Fault.ofRegistry(
                                "store answers 500 to lists",
                                scene -> scene.trouble(request -> request.contains("list-type=2")
                                        ? new Fate.Answer(500, "InternalError")
                                        : new Fate.Pass()),
                                "the registry's bucket can't be used: the store answers HTTP 500")
                        .inStore(),
                Fault.ofRegistry(
                                "store says no more in the middle of a list",
                                scene -> scene.trouble(request ->
                                        request.contains("list-type=2") ? new Fate.Stall(100) : new Fate.Pass()),
                                "the registry's bucket can't be used: the store does not answer")
                        .inStore(),
                Fault.of(
                                "store answers 500 to the file",
                                scene -> scene.trouble(request -> request.contains("2/model.onnx")
                                        ? new Fate.Answer(500, "InternalError")
                                        : new Fate.Pass()),
                                "the registry's bucket can't be used: the store answers HTTP 500")
                        .inStore(),
                Fault.of(
                                "store breaks off in the middle of the file",
                                scene -> scene.trouble(request ->
                                        request.contains("2/model.onnx") ? new Fate.BreakOff(16_000) : new Fate.Pass()),
                                "the registry broke off while file 'model.onnx' was read")
                        .inStore(),
                Fault.of(
                                "store says no more in the middle of the file",
                                scene -> scene.trouble(request ->
                                        request.contains("2/model.onnx") ? new Fate.Stall(16_000) : new Fate.Pass()),
                                "the registry broke off while file 'model.onnx' was read")
                        .inStore(),
                Fault.of(
                                "disk of the cache full",
                                FaultScene::fillDisk,
                                "file 'model.onnx' can't be written to the registry's cache; its disk may be full")
                        .inStore(),
                Fault.ofAlias(
                        "partial listing: no aliases",
                        scene -> scene.listed(listing -> Listing.of(listing.versions(), Map.of())),
                        "the registry has no alias @champion for model 'breast-cancer'"),
                Fault.ofAlias(
                                "partial listing: neither versions nor aliases",
                                scene -> scene.listed(listing -> Listing.EMPTY),
                                "the registry has no alias @champion for model 'breast-cancer'")
                        .restarting("nothing"),
                Fault.ofRegistry(
                                "killed in the middle of a download, and the store is gone",
                                FaultScene::killDownload,
                                "the registry's bucket can't be used: the store does not answer")
                        .inStore(),
                Fault.of(
                        "killed in the middle of a registration",
                        FaultScene::killRegistration,
                        "the registry has no version breast-cancer/2"),
                Fault.ofAlias(
                        "alias to nothing", scene -> scene.champion("9"), "version breast-cancer/9 is not loaded"));
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
}
