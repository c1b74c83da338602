package dev.weir.api.v2;

import dev.weir.api.ApiConfig;
import dev.weir.api.RawTensors;
import dev.weir.api.http.Body;
import dev.weir.api.http.Headers;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import java.nio.ByteBuffer;

/** Reads a body that is nothing but the elements of a model's only input, as one row. */
final class RawBody {

    private static final String BODY = "body";

    private RawBody() {}

    /**
     * Reads the input.
     *
     * @throws RequestRejected when the model does not suit this form, or the body not the model
     */
    static Tensor read(ModelSignature promise, Body body, TensorAllocator allocator, ApiConfig limits) {
        if (promise.inputs().size() != 1) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_REQUEST,
                    "a raw body suits models with one input; this one has "
                            + promise.inputs().size(),
                    Headers.INFERENCE_HEADER_LENGTH.toString());
        }
        TensorSpec spec = promise.inputs().getFirst();
        ByteBuffer payload = ByteBuffer.wrap(body.bytes(), body.offset(), body.length());
        try {
            Shape shape = shape(spec, promise.batched(), payload);
            return RawTensors.read(spec.name(), spec.datatype(), shape, payload, allocator, limits);
        } catch (RequestRejected e) {
            // The body is the elements; there are no other fields to name.
            throw new RequestRejected(e.code(), e.publicMessage(), BODY, e.limit());
        }
    }

    /** Returns the shape of the body: one row, and what is left for at most one open dimension. */
    private static Shape shape(TensorSpec spec, boolean batched, ByteBuffer payload) {
        ShapePattern pattern = spec.shape();
        long[] extents = pattern.toArray();
        if (batched) {
            extents[0] = 1;
        }
        int open = -1;
        long known = 1;
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] != ShapePattern.ANY) {
                known = Math.multiplyExact(known, extents[axis]);
            } else if (open >= 0) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_REQUEST, "a raw body leaves more than one dimension open", BODY);
            } else {
                open = axis;
            }
        }
        if (open >= 0) {
            if (spec.datatype() == DataType.BYTES || known == 0) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_REQUEST, "a raw body does not tell this input's shape", BODY);
            }
            extents[open] = payload.remaining()
                    / Math.multiplyExact(known, spec.datatype().bytes());
        }
        return Shape.of(extents);
    }
}
