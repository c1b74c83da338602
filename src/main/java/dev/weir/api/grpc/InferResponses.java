package dev.weir.api.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.weir.api.RawTensors;
import dev.weir.deployment.Disclosure;
import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.routing.Route;
import dev.weir.serving.Prediction;
import inference.wire.InferParameter;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferResponse;
import inference.wire.ModelInferResponse.InferOutputTensor;
import java.nio.ByteBuffer;
import java.util.List;

/** Turns a prediction into the message that answers it. */
final class InferResponses {

    private InferResponses() {}

    /**
     * Encodes an answer.
     *
     * @param id the request's id, as its caller knows it
     * @param raw whether the elements are sent raw, as they were received; half-precision elements always are
     * @throws dev.weir.failure.PredictionFailed when an output is too large to be sent
     */
    static ModelInferResponse encode(Prediction prediction, String id, boolean raw) {
        Route route = prediction.route();
        ModelInferResponse.Builder response = ModelInferResponse.newBuilder()
                .setModelName(prediction.deployment())
                .setId(id);
        response.putParameters("weir_prediction_id", text(prediction.id().toString()));
        if (prediction.disclosure() != Disclosure.OPAQUE) {
            response.setModelVersion(route.variant().version().version());
        }
        if (prediction.disclosure() == Disclosure.FULL) {
            response.putParameters("weir_model", text(route.variant().version().model()));
            response.putParameters("weir_variant", text(route.variant().name()));
            response.putParameters("weir_route", text(route.reason().word()));
        }
        List<Tensor> outputs = prediction.response().outputs();
        boolean allRaw = raw || outputs.stream().anyMatch(InferResponses::hasNoTypedForm);
        for (Tensor output : outputs) {
            InferOutputTensor.Builder described = InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(output.datatype().name());
            for (int axis = 0; axis < output.shape().rank(); axis++) {
                described.addShape(output.shape().dimension(axis));
            }
            if (allRaw) {
                // Nobody changes a tensor once a model has answered, so the message may share its memory.
                response.addRawOutputContents(UnsafeByteOperations.unsafeWrap(RawTensors.write(output)));
            } else {
                described.setContents(contents(output));
            }
            response.addOutputs(described);
        }
        return response.build();
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private static boolean hasNoTypedForm(Tensor tensor) {
        return tensor.datatype() == DataType.FP16 || tensor.datatype() == DataType.BF16;
    }

    private static InferTensorContents contents(Tensor tensor) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        switch (tensor) {
            case Tensor.Bytes bytes ->
                bytes.elements().forEach(element -> contents.addBytesContents(ByteString.copyFrom(element)));
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                while (data.hasRemaining()) {
                    add(contents, fixed.datatype(), data);
                }
            }
        }
        return contents.build();
    }

    private static void add(InferTensorContents.Builder contents, DataType datatype, ByteBuffer data) {
        switch (datatype) {
            case BOOL -> contents.addBoolContents(data.get() != 0);
            case INT8 -> contents.addIntContents(data.get());
            case INT16 -> contents.addIntContents(data.getShort());
            case INT32 -> contents.addIntContents(data.getInt());
            case INT64 -> contents.addInt64Contents(data.getLong());
            case UINT8 -> contents.addUintContents(Byte.toUnsignedInt(data.get()));
            case UINT16 -> contents.addUintContents(Short.toUnsignedInt(data.getShort()));
            case UINT32 -> contents.addUintContents(data.getInt());
            case UINT64 -> contents.addUint64Contents(data.getLong());
            case FP32 -> contents.addFp32Contents(data.getFloat());
            case FP64 -> contents.addFp64Contents(data.getDouble());
            case FP16, BF16, BYTES -> throw new AssertionError(datatype + " is not written element by element");
        }
    }
}
