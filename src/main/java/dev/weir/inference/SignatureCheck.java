package dev.weir.inference;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Checks decoded tensors against a promised signature; the one place where REST, gRPC and rows meet the promise.
 *
 * <p>Pure: no state, no I/O.
 */
public final class SignatureCheck {

    private SignatureCheck() {}

    /**
     * Checks inputs whose texts may be anything, and counts their rows.
     *
     * @throws RequestRejected as {@link #rows(ModelSignature, TextRule, List)} does
     */
    public static int rows(ModelSignature signature, List<Tensor> inputs) {
        return rows(signature, TextRule.ANY, inputs);
    }

    /**
     * Checks inputs and counts their rows.
     *
     * @param texts which BYTES elements the model's runtime takes
     * @param inputs in any order
     * @return the extent of the batch axis, or 1 for a signature without one
     * @throws RequestRejected naming the first input that does not fit
     */
    public static int rows(ModelSignature signature, TextRule texts, List<Tensor> inputs) {
        long rows = -1;
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get(i);
            TensorSpec spec = signature.input(input.name());
            if (spec == null) {
                throw new RequestRejected(
                        FailureCode.UNKNOWN_INPUT,
                        "the model has no such input; it takes " + names(signature.inputs()),
                        "inputs[" + i + "].name");
            }
            for (int j = 0; j < i; j++) {
                if (inputs.get(j).name().equals(input.name())) {
                    throw new RequestRejected(
                            FailureCode.DUPLICATE_INPUT,
                            "input '" + spec.name() + "' is given twice",
                            "inputs[" + i + "].name");
                }
            }
            requireFit(spec, texts, input, i);
            if (signature.batched()) {
                rows = requireSameRows(input, rows, i);
            }
        }
        if (inputs.size() < signature.inputs().size()) {
            throw missing(signature, inputs);
        }
        return signature.batched() ? Math.toIntExact(rows) : 1;
    }

    /**
     * Checks the names of requested outputs.
     *
     * @throws RequestRejected naming the first output the signature does not have
     */
    public static void requireOutputs(ModelSignature signature, List<String> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            if (signature.output(outputs.get(i)) == null) {
                throw new RequestRejected(
                        FailureCode.UNKNOWN_OUTPUT,
                        "the model has no such output; it gives " + names(signature.outputs()),
                        "outputs[" + i + "].name");
            }
            if (outputs.subList(0, i).contains(outputs.get(i))) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "an output is asked for twice", "outputs[" + i + "].name");
            }
        }
    }

    private static void requireFit(TensorSpec spec, TextRule texts, Tensor input, int index) {
        if (input.datatype() != spec.datatype()) {
            throw new RequestRejected(
                    FailureCode.WRONG_DATATYPE,
                    "input '" + spec.name() + "' takes " + spec.datatype() + ", not " + input.datatype(),
                    "inputs[" + index + "].datatype");
        }
        if (!spec.shape().matches(input.shape())) {
            throw new RequestRejected(
                    FailureCode.WRONG_SHAPE,
                    "input '" + spec.name() + "' takes shape " + spec.shape() + ", not " + input.shape(),
                    "inputs[" + index + "].shape");
        }
        switch (input) {
            case Tensor.Fixed fixed -> requireFinite(spec, fixed, index);
            case Tensor.Bytes bytes -> requireTexts(texts, bytes.elements(), index);
        }
    }

    private static void requireFinite(TensorSpec spec, Tensor.Fixed input, int index) {
        if (spec.nonFinite() == TensorSpec.NonFinite.ALLOW) {
            return;
        }
        boolean takesNan = spec.nonFinite() == TensorSpec.NonFinite.NAN;
        int at = firstNonFinite(input, 0);
        while (at >= 0 && takesNan && isNan(input, at)) {
            at = firstNonFinite(input, at + 1);
        }
        if (at >= 0) {
            throw new RequestRejected(
                    FailureCode.NON_FINITE_VALUE,
                    "input '" + spec.name() + "' takes " + (takesNan ? "no" : "neither NaN nor") + " infinities",
                    place(index, at));
        }
    }

    private static void requireTexts(TextRule texts, List<byte[]> elements, int index) {
        for (int i = 0; i < elements.size(); i++) {
            // Asked first, so that only what is refused costs a place.
            if (!texts.passes(elements.get(i))) {
                texts.require(elements.get(i), place(index, i));
            }
        }
    }

    private static String place(int index, int element) {
        return "inputs[" + index + "].data[" + element + "]";
    }

    private static long requireSameRows(Tensor input, long rows, int index) {
        long here = input.shape().dimension(0);
        if (here == 0) {
            throw new RequestRejected(
                    FailureCode.EMPTY_BATCH, "a batch needs at least one row", "inputs[" + index + "].shape");
        }
        if (rows >= 0 && rows != here) {
            throw new RequestRejected(
                    FailureCode.WRONG_SHAPE,
                    "inputs disagree on the number of rows: " + rows + " and " + here,
                    "inputs[" + index + "].shape");
        }
        if (here > Integer.MAX_VALUE) {
            throw new RequestRejected(FailureCode.LIMIT_EXCEEDED, "too many rows", "inputs[" + index + "].shape", (long)
                    Integer.MAX_VALUE);
        }
        return here;
    }

    private static RequestRejected missing(ModelSignature signature, List<Tensor> inputs) {
        for (TensorSpec spec : signature.inputs()) {
            if (inputs.stream().noneMatch(input -> input.name().equals(spec.name()))) {
                return new RequestRejected(
                        FailureCode.MISSING_INPUT, "input '" + spec.name() + "' is missing", "inputs");
            }
        }
        throw new AssertionError("called with every input present");
    }

    /** Says whether an element that is not finite is NaN. */
    private static boolean isNan(Tensor.Fixed tensor, int at) {
        ByteBuffer data = tensor.data();
        return switch (tensor.datatype()) {
            case FP32 -> Float.isNaN(data.getFloat(at * Float.BYTES));
            case FP64 -> Double.isNaN(data.getDouble(at * Double.BYTES));
            case FP16 -> (data.getShort(at * Short.BYTES) & 0x03FF) != 0;
            case BF16 -> (data.getShort(at * Short.BYTES) & 0x007F) != 0;
            case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES -> false;
        };
    }

    /** Returns the index of the first NaN or infinity, or −1. */
    static int firstNonFinite(Tensor.Fixed tensor) {
        return firstNonFinite(tensor, 0);
    }

    private static int firstNonFinite(Tensor.Fixed tensor, int from) {
        ByteBuffer data = tensor.data();
        int elements = Math.toIntExact(tensor.shape().elements());
        switch (tensor.datatype()) {
            case FP32 -> {
                for (int i = from; i < elements; i++) {
                    if (!Float.isFinite(data.getFloat(i * Float.BYTES))) {
                        return i;
                    }
                }
            }
            case FP64 -> {
                for (int i = from; i < elements; i++) {
                    if (!Double.isFinite(data.getDouble(i * Double.BYTES))) {
                        return i;
                    }
                }
            }
            case FP16 -> {
                for (int i = from; i < elements; i++) {
                    if ((data.getShort(i * Short.BYTES) & 0x7C00) == 0x7C00) {
                        return i;
                    }
                }
            }
            case BF16 -> {
                for (int i = from; i < elements; i++) {
                    if ((data.getShort(i * Short.BYTES) & 0x7F80) == 0x7F80) {
                        return i;
                    }
                }
            }
            case BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BYTES -> {}
        }
        return -1;
    }

    private static String names(List<TensorSpec> specs) {
        return String.join(", ", specs.stream().map(TensorSpec::name).toList());
    }
}
