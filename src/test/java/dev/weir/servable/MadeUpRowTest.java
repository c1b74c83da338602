package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MadeUpRowTest {

    private static Tensor made(MadeUpRow row, TensorSpec spec) {
        return row.tensors(List.of(spec)).getFirst();
    }

    private static String hex(Tensor tensor) {
        ByteBuffer data = ((Tensor.Fixed) tensor).data().duplicate();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "FP32,   0000803f",
        "FP64,   000000000000f03f",
        "FP16,   003c",
        "BF16,   803f",
        "BOOL,   01",
        "UINT8,  01",
        "INT8,   01",
        "UINT16, 0100",
        "INT16,  0100",
        "UINT32, 01000000",
        "INT32,  01000000",
        "UINT64, 0100000000000000",
        "INT64,  0100000000000000"
    })
    void shouldMakeOnesOfEveryType(DataType datatype, String one) {
        Tensor tensor = made(new MadeUpRow(1, 1), TensorSpec.of("x", datatype, -1, 2));

        assertThat(tensor.shape()).isEqualTo(Shape.of(1, 2));
        assertThat(hex(tensor)).isEqualTo(one + one);
    }

    @Test
    void shouldMakeTextsOfTheNumber() {
        Tensor.Bytes texts = (Tensor.Bytes) made(new MadeUpRow(1, 1), TensorSpec.of("x", DataType.BYTES, -1, 2));

        assertThat(texts.elements()).containsExactly(new byte[] {'1'}, new byte[] {'1'});
    }

    @Test
    void shouldKeepTheRowsAtOneWhereOtherAxesAreOpen() {
        Tensor tensor = made(new MadeUpRow(0, 32), TensorSpec.of("x", DataType.FP32, -1, 3, -1));

        assertThat(tensor.shape()).isEqualTo(Shape.of(1, 3, 32));
    }

    @Test
    void shouldTryOneLengthWhereNoAxisIsOpen() {
        assertThat(MadeUpRow.of(List.of(TensorSpec.of("x", DataType.FP32, -1, 3))))
                .containsExactly(new MadeUpRow(0, 1), new MadeUpRow(1, 1));
    }

    @Test
    void shouldMakeUpNothingLarge() {
        assertThatThrownBy(() -> made(new MadeUpRow(0, 1), TensorSpec.of("x", DataType.FP32, 1, (16L << 20) + 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
