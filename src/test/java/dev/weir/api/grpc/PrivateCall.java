package dev.weir.api.grpc;

import com.google.protobuf.ByteString;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferRequest;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Calls over gRPC that carry what nobody may read, for tests of what becomes of it. */
public final class PrivateCall {

    private PrivateCall() {}

    private static ModelInferRequest.Builder request(String deployment, String input, String datatype, long... shape) {
        ModelInferRequest.InferInputTensor.Builder tensor =
                ModelInferRequest.InferInputTensor.newBuilder().setName(input).setDatatype(datatype);
        for (long extent : shape) {
            tensor.addShape(extent);
        }
        return ModelInferRequest.newBuilder().setModelName(deployment).addInputs(tensor);
    }

    private static ModelInferRequest.Builder typed(String deployment, String datatype, long rows, String word) {
        ModelInferRequest.Builder request = request(deployment, "x", datatype, rows);
        request.getInputsBuilder(0)
                .setContents(InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8(word)));
        return request;
    }

    private static ByteString raw(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        return ByteString.copyFrom(ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .put(bytes)
                .flip());
    }

    private static String predict(URI server, ModelInferRequest.Builder request, String... metadata) {
        try (GrpcClient client = new GrpcClient(server)) {
            return client.infer(request, metadata).header("weir-prediction-id");
        }
    }

    /** Sends a word as input {@code x}, once as a typed value and once as raw bytes, and returns the predictions' ids. */
    public static List<String> say(URI server, String deployment, String word, String... metadata) {
        return List.of(
                predict(server, typed(deployment, "BYTES", 1, word), metadata),
                predict(server, request(deployment, "x", "BYTES", 1).addRawInputContents(raw(word)), metadata));
    }

    /** Sends a row of three numbers as input {@code features}, and returns the prediction's id. */
    public static String compute(URI server, String deployment, float... row) {
        return predict(
                server,
                request(deployment, "features", "FP32", 1, row.length).addRawInputContents(GrpcClient.raw(row)));
    }

    /** Sends a word in ways that are refused, and returns all that the refusals say. */
    public static List<String> refusals(URI server, String deployment, String word) {
        List<String> said = new ArrayList<>();
        try (GrpcClient client = new GrpcClient(server)) {
            for (ModelInferRequest.Builder request : List.of(
                    typed(deployment, "BYTES", 2, word),
                    typed(deployment, "FP64", 1, word),
                    request(deployment, "x", "BYTES", 1)
                            .addRawInputContents(raw(word).concat(ByteString.copyFromUtf8(word))),
                    request(deployment, "x", "BYTES", 1).addRawInputContents(ByteString.copyFromUtf8(word)))) {
                GrpcClient.Refusal refusal = client.refuseInfer(request);
                said.add(refusal.status() + " " + refusal.trailers());
            }
        }
        return said;
    }
}
