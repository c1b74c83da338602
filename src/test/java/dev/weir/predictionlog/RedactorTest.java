package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RedactorTest {

    private static final TensorSpec ROW = new TensorSpec(
            "row", DataType.FP32, ShapePattern.of(-1, 3), List.of("age", "income", "debt"), List.of(), false);
    private static final TensorSpec NAME = TensorSpec.of("name", DataType.BYTES, -1, 1);
    private static final TensorSpec PIXELS = TensorSpec.of("pixels", DataType.UINT8, -1, 2, 2);

    @TempDir
    Path directory;

    private Keyring keyring;

    @BeforeEach
    void keys() {
        keyring = new Keyring(directory, true);
    }

    private static LogPolicy policy(Map<String, Redaction> features) {
        LogPolicy none = LogPolicy.DEFAULT;
        return new LogPolicy(
                none.capture(),
                none.sample(),
                none.maxPayload(),
                none.overflow(),
                none.durability(),
                none.subject(),
                features,
                none.retention());
    }

    private PackedTensors pack(Map<String, Redaction> features, Tensor... tensors) {
        return Redactor.of(policy(features), List.of(ROW, NAME, PIXELS), keyring)
                .pack(List.of(tensors));
    }

    @Test
    void shouldNeverTakeMoreThanItSaysBefore() {
        Redactor redactor = Redactor.of(
                policy(Map.of(
                        "age",
                        Redaction.HASH,
                        "debt",
                        Redaction.DROP,
                        "name",
                        Redaction.HASH,
                        "pixels",
                        Redaction.HASH)),
                List.of(ROW, NAME, PIXELS),
                keyring);
        for (int rows : List.of(0, 1, 2, 100)) {
            Tensor pixels =
                    new Tensor.Fixed("pixels", DataType.UINT8, Shape.of(rows, 2, 2), ByteBuffer.allocate(rows * 4));
            List<Tensor> tensors = List.of(
                    floats("row", 3, new float[rows * 3]),
                    texts("name", Collections.nCopies(rows, "x").toArray(String[]::new)),
                    pixels);

            assertThat((long) redactor.pack(tensors).bytes()).isBetween(rows * 43L, redactor.estimate(tensors));
        }
    }

    private static Tensor floats(String name, int columns, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        for (float value : values) {
            data.putFloat(value);
        }
        return new Tensor.Fixed(name, DataType.FP32, Shape.of(values.length / columns, columns), data.flip());
    }

    private static Tensor texts(String name, String... values) {
        return new Tensor.Bytes(
                name,
                Shape.of(values.length, 1),
                Arrays.stream(values)
                        .map(each -> each.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private static Tensor bytes(String name, int... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length).order(ByteOrder.nativeOrder());
        for (int value : values) {
            data.put((byte) value);
        }
        return new Tensor.Fixed(name, DataType.UINT8, Shape.of(values.length / 4, 2, 2), data.flip());
    }

    private static float[] floats(PackedTensors packed) {
        Tensor.Fixed tensor = (Tensor.Fixed) packed.unpack().tensors().getFirst();
        float[] values = new float[(int) tensor.shape().elements()];
        tensor.data().asFloatBuffer().get(values);
        return values;
    }

    private static List<String> digests(PackedTensors packed) {
        return packed.unpack().redacted().getFirst().digests();
    }

    @Test
    void copiesEverythingWhenThePolicySaysNothing() {
        List<Tensor> tensors = List.of(floats("row", 3, 1, 2, 3), texts("name", "Ada"));

        Redactor redactor = Redactor.of(LogPolicy.DEFAULT, List.of(ROW, NAME), keyring);

        assertThat(redactor.redacts()).isFalse();
        assertThat(redactor.pack(tensors).toBytes())
                .isEqualTo(PackedTensors.pack(tensors).toBytes());
    }

    @Test
    void dropsAColumnInEveryRow() {
        PackedTensors packed = pack(Map.of("income", Redaction.DROP), floats("row", 3, 1, 2, 3, 4, 5, 6));

        assertThat(floats(packed)).containsExactly(1, 0, 3, 4, 0, 6);
        assertThat(packed.unpack().redacted()).containsExactly(new PackedTensors.Redacted(0, 1, List.of()));
    }

    @Test
    void hashesAColumnWithOneDigestForEachRow() {
        PackedTensors packed = pack(Map.of("age", Redaction.HASH), floats("row", 3, 7, 2, 3, 7, 5, 6, 8, 5, 6));

        assertThat(floats(packed)).containsExactly(0, 2, 3, 0, 5, 6, 0, 5, 6);
        assertThat(digests(packed)).hasSize(3).allMatch(each -> each.matches("hmac:k1:[A-Za-z0-9_-]{22,}"));
        assertThat(digests(packed).get(0))
                .isEqualTo(digests(packed).get(1))
                .isNotEqualTo(digests(packed).get(2));
    }

    @Test
    void givesEqualValuesOfDifferentFeaturesDifferentDigests() {
        PackedTensors packed = pack(
                Map.of("age", Redaction.HASH, "income", Redaction.HASH, "debt", Redaction.HASH),
                floats("row", 3, 7, 7, 7));

        assertThat(packed.unpack().redacted())
                .flatExtracting(PackedTensors.Redacted::digests)
                .hasSize(3)
                .doesNotHaveDuplicates();
    }

    @Test
    void givesEqualNumbersEqualDigestsHoweverTheyAreWritten() {
        PackedTensors packed = pack(
                Map.of("age", Redaction.HASH),
                floats("row", 3, 0f, 0, 0, -0f, 0, 0, Float.NaN, 0, 0, Float.intBitsToFloat(0x7fc00001), 0, 0));

        assertThat(digests(packed).get(0)).isEqualTo(digests(packed).get(1));
        assertThat(digests(packed).get(2)).isEqualTo(digests(packed).get(3));
    }

    @Test
    void letsAColumnDifferFromItsTensor() {
        PackedTensors packed =
                pack(Map.of("row", Redaction.DROP, "debt", Redaction.KEEP), floats("row", 3, 1, 2, 3, 4, 5, 6));

        assertThat(floats(packed)).containsExactly(0, 0, 3, 0, 0, 6);
    }

    @Test
    void dropsTextsThatAreNotNamedOnceAnythingIsRedacted() {
        PackedTensors packed = pack(Map.of("age", Redaction.KEEP), floats("row", 3, 1, 2, 3), texts("name", "Ada"));

        assertThat(packed.unpack().redacted()).containsExactly(new PackedTensors.Redacted(1, null, List.of()));
        assertThat(new String(packed.toBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("Ada");
    }

    @Test
    void dropsTextsOfTensorsThatItDoesNotKnow() {
        PackedTensors packed = pack(Map.of("age", Redaction.KEEP), texts("stranger", "Ada"));

        assertThat(new String(packed.toBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("Ada");
    }

    @Test
    void keepsTextsThatAreNamed() {
        PackedTensors packed = pack(Map.of("name", Redaction.KEEP), texts("name", "Ada"));

        assertThat(packed.unpack().redacted()).isEmpty();
        assertThat(new String(packed.toBytes(), StandardCharsets.ISO_8859_1)).contains("Ada");
    }

    @Test
    void hashesTextsWithTheirFeature() {
        PackedTensors packed = pack(Map.of("name", Redaction.HASH), texts("name", "Ada", "Bob", "Ada"));

        assertThat(new String(packed.toBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("Ada", "Bob");
        assertThat(digests(packed).get(0))
                .isEqualTo(digests(packed).get(2))
                .isNotEqualTo(digests(packed).get(1));
    }

    @Test
    void hashesATensorWithoutNamedColumnsRowByRow() {
        PackedTensors packed =
                pack(Map.of("pixels", Redaction.HASH), bytes("pixels", 9, 9, 9, 9, 9, 9, 9, 8, 9, 9, 9, 9));

        List<String> digests = digests(packed);
        assertThat(digests).hasSize(12);
        assertThat(digests.stream().filter(String::isEmpty)).hasSize(9);
        assertThat(digests.get(0)).isEqualTo(digests.get(8)).isNotEqualTo(digests.get(4));
        assertThat(packed.toBytes()).doesNotContain((byte) 9);
    }

    @Test
    void saysTheKeyThatMadeADigest() {
        Keyring.rotate(directory, KeyKind.HMAC);
        keyring.refresh();

        assertThat(digests(pack(Map.of("name", Redaction.HASH), texts("name", "Ada")))
                        .getFirst())
                .startsWith("hmac:k2:");
    }

    @Test
    void findsFeaturesThatNoTensorHas() {
        assertThat(Redactor.unknownFeatures(
                        policy(Map.of("age", Redaction.DROP, "name", Redaction.KEEP, "incme", Redaction.DROP)),
                        List.of(ROW, NAME)))
                .containsExactly("incme");
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"BYTES", "BOOL"},
            mode = EnumSource.Mode.EXCLUDE)
    void leavesNoByteOfARedactedValueOfAnyDatatype(DataType datatype) {
        TensorSpec spec =
                new TensorSpec("t", datatype, ShapePattern.of(-1, 2), List.of("secret", "open"), List.of(), true);
        Random random = new Random(7);
        int size = datatype.bytes();
        for (Redaction redaction : List.of(Redaction.HASH, Redaction.DROP)) {
            byte[] data = new byte[4 * size];
            random.nextBytes(data);
            Tensor tensor = new Tensor.Fixed("t", datatype, Shape.of(2, 2), ByteBuffer.wrap(data));

            PackedTensors packed = Redactor.of(policy(Map.of("secret", redaction)), List.of(spec), keyring)
                    .pack(List.of(tensor));

            byte[] expected = data.clone();
            Arrays.fill(expected, 0, size, (byte) 0);
            Arrays.fill(expected, 2 * size, 3 * size, (byte) 0);
            byte[] kept = new byte[data.length];
            ((Tensor.Fixed) packed.unpack().tensors().getFirst()).data().get(kept);
            assertThat(kept).isEqualTo(expected);
            assertThat(packed.unpack().redacted().getFirst().digests())
                    .hasSize(redaction == Redaction.HASH ? 2 : 0)
                    .doesNotHaveDuplicates();
        }
    }
}
