package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.fixture.Tensors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TensorRowsTest {

    private static Tensor matrix(int rows, int columns, int from) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = from + i;
        }
        return Tensors.fp32("x", new long[] {rows, columns}, values);
    }

    private static Tensor texts(int rows, int from) {
        String[] values = new String[rows];
        for (int i = 0; i < rows; i++) {
            values[i] = "t" + (from + i);
        }
        return Tensors.strings("s", values);
    }

    private static List<String> texts(Tensor tensor) {
        return ((Tensor.Bytes) tensor)
                .elements().stream()
                        .map(element -> new String(element, StandardCharsets.UTF_8))
                        .toList();
    }

    @Property(tries = 200)
    void shouldGiveEachRequestItsOwnRowsBack(
            @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 0, max = 5) Integer> rows,
            @ForAll @IntRange(min = 1, max = 4) int columns) {
        List<List<Tensor>> parts = new ArrayList<>();
        int from = 0;
        for (int count : rows) {
            parts.add(List.of(matrix(count, columns, from * columns), texts(count, from)));
            from += count;
        }

        List<Tensor> joined = TensorRows.join(parts, TensorAllocator.UNPOOLED);
        List<List<Tensor>> split = TensorRows.split(
                joined, rows.stream().mapToInt(Integer::intValue).toArray());

        assertThat(joined.getFirst().shape()).isEqualTo(Shape.of(from, columns));
        assertThat(split).hasSameSizeAs(parts);
        for (int i = 0; i < parts.size(); i++) {
            Tensor numbers = parts.get(i).getFirst();
            assertThat(split.get(i).getFirst().shape()).isEqualTo(numbers.shape());
            assertThat(Tensors.bytes(split.get(i).getFirst())).isEqualTo(Tensors.bytes(numbers));
            assertThat(texts(split.get(i).getLast()))
                    .isEqualTo(texts(parts.get(i).getLast()));
        }
    }

    @Test
    void shouldJoinTensorsThatDifferInRowsOnly() {
        assertThat(TensorRows.isJoinable(List.of(matrix(1, 3, 0)), List.of(matrix(5, 3, 0))))
                .isTrue();
    }

    @Test
    void shouldNotJoinOtherExtents() {
        assertThat(TensorRows.isJoinable(List.of(matrix(1, 3, 0)), List.of(matrix(1, 4, 0))))
                .isFalse();
    }

    @Test
    void shouldNotJoinOtherNames() {
        assertThat(TensorRows.isJoinable(List.of(Tensors.fp32("x", 1)), List.of(Tensors.fp32("y", 1))))
                .isFalse();
    }

    @Test
    void shouldNotJoinOtherTypes() {
        assertThat(TensorRows.isJoinable(List.of(Tensors.fp32("x", 1)), List.of(Tensors.int64("x", 1))))
                .isFalse();
    }

    @Test
    void shouldNotJoinScalars() {
        Tensor scalar = Tensors.fp32("x", new long[0], 1);

        assertThat(TensorRows.isJoinable(List.of(scalar), List.of(scalar))).isFalse();
    }

    @Test
    void shouldRefuseToSplitWhatHasOtherRows() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorRows.split(List.of(matrix(3, 2, 0)), new int[] {1, 1}))
                .withMessageContaining("2 rows");
    }

    @Test
    void shouldLeaveTheOriginalsAlone() {
        Tensor original = matrix(2, 2, 0);
        byte[] before = Tensors.bytes(original);

        TensorRows.join(List.of(List.of(original), List.of(matrix(1, 2, 9))), TensorAllocator.UNPOOLED);

        assertThat(Arrays.equals(Tensors.bytes(original), before)).isTrue();
    }
}
