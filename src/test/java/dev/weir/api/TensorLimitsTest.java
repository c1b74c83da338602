package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorLimitsTest {

    private static final Limits LIMITS = new Limits(16, 3, 100, 4);

    @Test
    void shouldAcceptWhatStandsExactlyAtTheLimits() {
        assertThat(TensorLimits.shape(List.of(10L, 10L, 1L), LIMITS)).isEqualTo(Shape.of(10, 10, 1));
        assertThat(TensorLimits.shape(List.of(), LIMITS)).isEqualTo(Shape.of());
        TensorLimits.require(DataType.FP64, Shape.of(10, 10, 1), LIMITS);
        TensorLimits.requireCount(4, LIMITS, "inputs");
    }

    @Test
    void shouldNameTheLimitThatIsPassed() {
        refuses(() -> TensorLimits.shape(Collections.nCopies(4, 1L), LIMITS), "shape", 3L);
        refuses(() -> TensorLimits.require(DataType.INT8, Shape.of(1, 1, 1, 1), LIMITS), "shape", 3L);
        refuses(() -> TensorLimits.require(DataType.INT8, Shape.of(101), LIMITS), "shape", 100L);
        refuses(() -> TensorLimits.requireCount(5, LIMITS, "inputs"), "inputs", 4L);
    }

    @Test
    void shouldRefuseMoreBytesThanOneBufferHolds() {
        Limits wide = new Limits(16, 3, Long.MAX_VALUE, 4);
        TensorLimits.require(DataType.FP64, Shape.of((1 << 28) - 1), wide);
        TensorLimits.require(DataType.INT8, Shape.of(Integer.MAX_VALUE), wide);
        refuses(() -> TensorLimits.require(DataType.FP64, Shape.of(1 << 28), wide), "shape", (1L << 28) - 1);
    }

    @Test
    void shouldRefuseANegativeExtent() {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> TensorLimits.shape(List.of(2L, -1L), LIMITS))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.WRONG_SHAPE));
    }

    private static void refuses(Runnable action, String field, Long limit) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(action::run)
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED))
                .satisfies(e -> assertThat(e.field()).isEqualTo(field))
                .satisfies(e -> assertThat(e.limit()).isEqualTo(limit));
    }
}
