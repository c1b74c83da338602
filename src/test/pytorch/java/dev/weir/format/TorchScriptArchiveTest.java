package dev.weir.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.format.TorchScriptForward.Argument;
import dev.weir.format.TorchScriptForward.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchScriptArchiveTest {

    private static final String CODE = "linear/code/__torch__.py";

    @TempDir
    Path directory;

    private TorchScriptForward read(byte[] archive) throws IOException {
        return TorchScriptArchive.forward(Files.write(directory.resolve("model.pt"), archive));
    }

    private Map<String, byte[]> entries(String model) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Path file = Files.write(directory.resolve("whole.pt"), TorchModels.bytes(model));
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return entries;
    }

    private static byte[] zip(Map<String, byte[]> entries, Predicate<String> packed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> each : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(each.getKey());
                if (!packed.test(each.getKey())) {
                    CRC32 checksum = new CRC32();
                    checksum.update(each.getValue());
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(each.getValue().length);
                    entry.setCrc(checksum.getValue());
                }
                out.putNextEntry(entry);
                out.write(each.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        return zip(entries, name -> false);
    }

    private byte[] linearWith(String name, String content) throws IOException {
        Map<String, byte[]> entries = entries("linear");
        entries.put(name, content.getBytes(StandardCharsets.UTF_8));
        return zip(entries);
    }

    private byte[] linearSaying(String line) throws IOException {
        String code = new String(entries("linear").get(CODE), StandardCharsets.UTF_8);
        return linearWith(
                CODE, code.replace("    weight = self.weight\n", "    weight = self.weight\n    " + line + "\n"));
    }

    @Test
    void shouldReadArgumentsAndResult() throws IOException {
        TorchScriptForward forward = read(TorchModels.bytes("difference"));

        assertThat(forward.arguments())
                .containsExactly(
                        new Argument("left", "Tensor", false),
                        new Argument("right", "Tensor", false),
                        new Argument("scale", "Optional[Tensor]", true));
        assertThat(forward.result()).isEqualTo(new Result.Single());
    }

    @Test
    void shouldReadAFileThatWasPackedAnew() throws IOException {
        assertThat(read(zip(entries("linear"))).result()).isEqualTo(new Result.Tuple(2));
    }

    @Test
    void shouldRefuseAResultThatIsNoTensors() {
        assertThatThrownBy(() -> read(TorchModels.bytes("named")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage(
                        "the model's 'forward' gives '__torch__.Pair'; it must give a tensor, or a tuple, a list or a"
                                + " dictionary of tensors");
    }

    @Test
    void shouldRefuseAnOperatorThatReadsFiles() {
        assertThatThrownBy(() -> read(TorchModels.bytes("reader")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model's code names 'from_file'; operators that reach files or other machines are not"
                        + " served");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "torch.save(weight, \"/tmp/x\")|save",
                "t = torch; t . from_file(\"/tmp/x\")|from_file",
                "ops.aten.save(weight, \"/tmp/x\")|save",
                "ops.debugprims.load_tensor(\"x\")|load_tensor",
                "ops.mine.run(weight)|mine",
                "o = ops|?",
                "torch.classes.mine.Thing()|mine",
                "getattr(torch, \"sa\" \"ve\")(weight, \"/tmp/x\")|looks up a name",
                "getattr(torch, \"s\\x61ve\")(weight, \"/tmp/x\")|looks up a name",
            })
    void shouldRefuseCodeThatReachesBeyondTheModel(String line, String named) {
        assertThatThrownBy(() -> read(linearSaying(line)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessageContaining(named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_0 = getattr(self.layers, \"0\")",
                "_0 = ops.prim.NumToTensor(1)",
                "_0 = ops.quantized.linear(weight)",
                "_0 = annotate(__torch__.torch.classes.quantized.LinearPackedParamsBase, self.p)",
            })
    void shouldLetPassWhatOrdinaryModelsSay(String line) throws IOException {
        assertThat(read(linearSaying(line)).arguments()).hasSize(1);
    }

    @Test
    void shouldRefuseANativeClassInAPickle() {
        assertThatThrownBy(() -> read(linearWith("linear/constants.pkl", "c__torch__.torch.classes.mine\nThing\n")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model uses custom classes of 'mine', which are not served");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear/../../etc/passwd",
                "linear/./x",
                "/etc/passwd",
                "linear//x",
                "linear\\x",
                "x",
                "linear/x\ny",
                "other/x"
            })
    void shouldRefuseEntriesWithNamesThatLeadElsewhere(String name) {
        assertThatThrownBy(() -> read(linearWith(name, ""))).isInstanceOf(ArtifactRejected.class);
    }

    @Test
    void shouldRefuseEntriesThatDifferOnlyInCase() {
        assertThatThrownBy(() -> read(linearWith("linear/CODE/__torch__.py", "")))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model's archive holds 'linear/CODE/__torch__.py' twice");
    }

    @Test
    void shouldRefuseMoreEntriesThanAnyModelHas() throws IOException {
        Map<String, byte[]> entries = entries("linear");
        for (int i = 0; i < 20_000; i++) {
            entries.put("linear/data/x" + i, new byte[0]);
        }

        assertThatThrownBy(() -> read(zip(entries)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model's archive holds more than 20000 entries");
    }

    @Test
    void shouldRefuseCompressedTensors() {
        assertThatThrownBy(() -> read(zip(entries("linear"), name -> true)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model's archive holds a compressed tensor; save it with torch.jit.save");
    }

    @Test
    void shouldRefuseCodeThatUnpacksToMoreThanItsBound() throws IOException {
        Map<String, byte[]> entries = entries("linear");
        entries.put("linear/code/zeros.py", new byte[65 << 20]);

        assertThatThrownBy(() -> read(zip(entries, name -> name.endsWith("zeros.py"))))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model's code and pickles take more than 64 MiB unpacked");
    }

    @Test
    void shouldRefuseAFileThatTwoReadersCouldReadDifferently() throws IOException {
        byte[] linear = TorchModels.bytes("linear");
        byte[] longer = Arrays.copyOf(linear, linear.length + 22);

        assertThatThrownBy(() -> read(longer))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model file is no TorchScript archive");
    }

    @Test
    void shouldReadAFileAsPyTorchWritesIt() throws IOException {
        assertThat(read(TorchModels.bytes("doubled")).arguments()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 34, 50})
    void shouldRefuseASecondListOfEntries(int fromEnd) throws IOException {
        byte[] doubled = TorchModels.bytes("doubled");
        doubled[doubled.length - fromEnd]++; // where the list begins, as the short and as the long form have it

        assertThatThrownBy(() -> read(doubled))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model file is no TorchScript archive");
    }

    @Test
    void shouldRefuseAPlainCheckpoint() throws IOException {
        Map<String, byte[]> entries = entries("linear");
        entries.remove("linear/constants.pkl");

        assertThatThrownBy(() -> read(zip(entries)))
                .isInstanceOf(ArtifactRejected.class)
                .hasMessage("the model file is no TorchScript archive: it has no 'constants.pkl'");
    }
}
