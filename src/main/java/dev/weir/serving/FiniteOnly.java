package dev.weir.serving;

import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.WeirException;
import dev.weir.inference.DataType;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.Settlement.Timing;
import dev.weir.inference.Tensor;
import dev.weir.servable.Attempt;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;

/**
 * Takes an answer that holds what is no number for a failure: of a variant on trial nobody knows whether it means that. The
 * primary's answers are given as they are.
 *
 * @param then gets the end
 */
record FiniteOnly(Attempt.Completion then) implements Attempt.Completion {

    private static final Set<DataType> FLOATS = EnumSet.of(DataType.FP16, DataType.BF16, DataType.FP32, DataType.FP64);

    @Override
    public void succeeded(InferenceResponse response, Timing timing, int callRows) {
        if (response.outputs().stream().allMatch(FiniteOnly::isFinite)) {
            then.succeeded(response, timing, callRows);
        } else {
            then.failed(
                    new PredictionFailed(FailureCode.INVALID_OUTPUT, "the model answered with what is no number"),
                    timing);
        }
    }

    @Override
    public void failed(WeirException failure, Timing timing) {
        then.failed(failure, timing);
    }

    private static boolean isFinite(Tensor tensor) {
        return switch (tensor) {
            case Tensor.Bytes texts -> true;
            case Tensor.Fixed fixed -> isFinite(fixed);
        };
    }

    private static boolean isFinite(Tensor.Fixed tensor) {
        if (!FLOATS.contains(tensor.datatype())) {
            return true;
        }
        ByteBuffer data = tensor.data();
        int size = tensor.datatype().bytes();
        for (int at = 0; at + size <= data.limit(); at += size) {
            boolean finite =
                    switch (tensor.datatype()) {
                        case FP32 -> Float.isFinite(data.getFloat(at));
                        case FP64 -> Double.isFinite(data.getDouble(at));
                        case FP16 -> (data.getShort(at) & 0x7C00) != 0x7C00;
                        case BF16 -> (data.getShort(at) & 0x7F80) != 0x7F80;
                        case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES -> true;
                    };
            if (!finite) {
                return false;
            }
        }
        return true;
    }
}
