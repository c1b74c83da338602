package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.RequestRejected;
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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubjectsTest {

    private static final TensorSpec CUSTOMER = TensorSpec.of("customer", DataType.BYTES, -1, 1);
    private static final TensorSpec ROW = new TensorSpec(
            "row", DataType.FP64, ShapePattern.of(-1, 2), List.of("amount", "account"), List.of(), false);

    @TempDir
    Path directory;

    private static @Nullable String read(String feature, Tensor tensor) {
        SubjectReader reader = SubjectReader.of(new SubjectSource.Feature(feature), List.of(CUSTOMER, ROW));
        assertThat(reader).isNotNull();
        return reader.read(List.of(tensor));
    }

    private static Tensor customers(String... names) {
        return new Tensor.Bytes(
                "customer",
                Shape.of(names.length, 1),
                Arrays.stream(names)
                        .map(each -> each.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private static Tensor row(double... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.nativeOrder());
        for (double value : values) {
            data.putDouble(value);
        }
        return new Tensor.Fixed("row", DataType.FP64, Shape.of(values.length / 2, 2), data.flip());
    }

    @Test
    void hidesTheSubject() {
        Subjects subjects = new Subjects(new Keyring(directory, true));

        assertThat(subjects.key("ada")).matches("hmac:k1:[A-Za-z0-9_-]{24}").isEqualTo(subjects.key("ada"));
        assertThat(subjects.key("bob")).isNotEqualTo(subjects.key("ada"));
    }

    @Test
    void knowsTheKeysOfASubjectUnderEveryVersion() {
        String old = new Subjects(new Keyring(directory, true)).key("ada");
        Keyring.rotate(directory, KeyKind.HMAC);
        Subjects rotated = new Subjects(new Keyring(directory, true));

        assertThat(rotated.keys("ada")).containsExactly(rotated.key("ada"), old);
    }

    @Test
    void readsATextThatAllRowsShare() {
        assertThat(read("customer", customers("ada", "ada"))).isEqualTo("ada");
    }

    @Test
    void readsAWholeNumberFromItsColumn() {
        assertThat(read("account", row(1.5, 4711, 2.5, 4711))).isEqualTo("4711");
    }

    @Test
    void hasNoSubjectWhereTheTextIsEmpty() {
        assertThat(read("customer", customers(""))).isNull();
    }

    @Test
    void refusesRowsOfDifferentSubjectsWithoutNamingThem() {
        assertThatThrownBy(() -> read("account", row(1, 4711, 1, 4712)))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.field()).isEqualTo("account"))
                .hasMessageNotContaining("471");
    }

    @Test
    void refusesANumberThatOtherSubjectsCouldShare() {
        assertThatThrownBy(() -> read("account", row(1, 0.5))).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> read("account", row(1, 1e17))).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> read("account", row(1, Double.NaN))).isInstanceOf(RequestRejected.class);
    }

    @Test
    void hasNoReaderForAFeatureThatIsNotThere() {
        assertThat(SubjectReader.of(new SubjectSource.Feature("nobody"), List.of(CUSTOMER, ROW)))
                .isNull();
    }
}
