package dev.weir.api.grpc;

import dev.weir.api.ApiConfig;
import dev.weir.api.RawTensors;
import dev.weir.api.TensorLimits;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the inputs of a request into tensors, from typed contents or raw ones. What is wrong with an input's elements is
 * blamed on its {@code data}, whichever way they came, as over HTTP.
 */
final class InferTensors {

    private InferTensors() {}

    /**
     * Decodes all inputs.
     *
     * @throws RequestRejected naming the input that is wrong
     */
    static List<Tensor> decode(InferRequest request, TensorAllocator allocator, ApiConfig limits) {
        List<InferRequest.Input> inputs = request.inputs();
        if (request.isRaw() && request.raw().size() != inputs.size()) {
            throw wrongCount(request.raw().size(), inputs.size());
        }
        List<Tensor> tensors = new ArrayList<>(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            tensors.add(
                    request.isRaw()
                            ? raw(inputs.get(i), i, request.raw().get(i), allocator, limits)
                            : typed(inputs.get(i), i, allocator, limits));
        }
        return tensors;
    }

    private static RequestRejected wrongCount(int raw, int inputs) {
        String message = "there are " + raw + " raw contents for " + inputs + " inputs";
        return raw < inputs
                ? new RequestRejected(FailureCode.MISSING_FIELD, message, "inputs[" + raw + "].data")
                : new RequestRejected(FailureCode.MALFORMED_BODY, message, "raw_input_contents");
    }

    private static Tensor raw(
            InferRequest.Input input, int index, ByteBuffer payload, TensorAllocator allocator, ApiConfig limits) {
        Head head = Head.of(input, index, limits);
        if (input.contents().stream().anyMatch(ByteBuffer::hasRemaining)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "a request with raw_input_contents has no other contents",
                    "inputs[" + index + "].data");
        }
        try {
            return RawTensors.read(input.name(), head.datatype, head.shape, payload, allocator, limits);
        } catch (RequestRejected e) {
            throw e.at("inputs[" + index + "]");
        }
    }

    private static Tensor typed(InferRequest.Input input, int index, TensorAllocator allocator, ApiConfig limits) {
        Head head = Head.of(input, index, limits);
        try {
            return TypedContents.read(input.name(), head.datatype, head.shape, input.contents(), allocator, limits);
        } catch (RequestRejected e) {
            throw e.at("inputs[" + index + "]");
        }
    }

    /** What an input says of itself, checked. */
    private record Head(DataType datatype, Shape shape) {

        static Head of(InferRequest.Input input, int index, ApiConfig limits) {
            try {
                requireGiven(input.name(), "name");
                requireGiven(input.datatype(), "datatype");
                DataType datatype = DataType.named(input.datatype());
                Shape shape = TensorLimits.shape(input.shape(), limits);
                TensorLimits.require(datatype, shape, limits);
                return new Head(datatype, shape);
            } catch (RequestRejected e) {
                throw e.at("inputs[" + index + "]");
            }
        }

        private static void requireGiven(String text, String field) {
            if (text.isEmpty()) {
                throw new RequestRejected(FailureCode.MISSING_FIELD, "the field is missing", field);
            }
        }
    }
}
