package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {

    private static Tensor tensor(DataType datatype, String... elements) {
        byte[] bytes = HexFormat.of().parseHex(String.join("", elements));
        ByteBuffer data = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        data.put(0, bytes);
        return new Tensor.Fixed("y", datatype, Shape.of(elements.length), data);
    }

    @ParameterizedTest
    @CsvSource({
        "FP32, 0000c07f,         0000c03f",
        "FP64, 000000000000f87f, 000000000000f83f",
        "FP16, 007e,             003e",
        "BF16, c07f,             c03f"
    })
    void shouldTellNaNFromNumbersOfEveryPrecision(DataType datatype, String nan, String oneAndAHalf) {
        Tensor.Fixed number = (Tensor.Fixed) tensor(datatype, oneAndAHalf);

        assertThat(Numbers.real(datatype, number.data(), 0)).isEqualTo(1.5);
        assertThat(Numbers.isNothingButNaN(List.of(tensor(datatype, nan, nan)))).isTrue();
        assertThat(Numbers.isNothingButNaN(List.of(tensor(datatype, nan, oneAndAHalf))))
                .isFalse();
    }

    @Test
    void shouldCountANumberInAnyTensor() {
        assertThat(Numbers.isNothingButNaN(List.of(Tensors.fp32("a", Float.NaN), Tensors.fp32("b", 1))))
                .isFalse();
    }

    @Test
    void shouldNotBlameAnswersWithoutFloatingPoint() {
        assertThat(Numbers.isNothingButNaN(List.of(Tensors.int64("label", 0)))).isFalse();
        assertThat(Numbers.isNothingButNaN(List.of())).isFalse();
    }
}
