package dev.weir.api.grpc;

import com.google.protobuf.ByteString;
import dev.weir.failure.FailureCode;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A good request of flowers with one thing wrong, in the form of both protocols. */
final class Defect {

    static final String IRIS = irisWith("'data':[1,2,3,4]");

    private final String what;
    private final FailureCode code;
    private final @Nullable String field;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final ModelInferRequest.Builder grpc = GrpcClient.iris(new float[] {1, 2, 3, 4});
    private String path = "/v2/models/iris/infer";
    private byte[] body = ("{\"inputs\":[" + IRIS + "]}").getBytes(StandardCharsets.UTF_8);
    private int jsonLength = -1;

    private Defect(String what, FailureCode code, @Nullable String field) {
        this.what = what;
        this.code = code;
        this.field = field;
    }

    /** Begins with a request that has no defect; a field of null is not compared. */
    static Defect defect(String what, FailureCode code, @Nullable String field) {
        return new Defect(what, code, field);
    }

    static String irisWith(String fields) {
        return "{'name':'features','datatype':'FP32','shape':[1,4],".replace('\'', '"')
                + fields.replace('\'', '"')
                + "}";
    }

    Defect model(String name) {
        return model(name, name);
    }

    Defect model(String inPath, String inMessage) {
        path = "/v2/models/" + inPath + "/infer";
        grpc.setModelName(inMessage);
        return this;
    }

    Defect version(String name) {
        path = "/v2/models/iris/versions/" + name + "/infer";
        grpc.setModelVersion(name);
        return this;
    }

    Defect json(String json) {
        body = json.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    Defect input(String fields) {
        return json("{\"inputs\":[{" + fields.replace('\'', '"') + "}]}");
    }

    Defect grpc(Consumer<ModelInferRequest.Builder> change) {
        change.accept(grpc);
        return this;
    }

    Defect header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    Defect shape(long... extents) {
        grpc.getInputsBuilder(0).clearShape();
        for (long extent : extents) {
            grpc.getInputsBuilder(0).addShape(extent);
        }
        return input("'name':'features','datatype':'FP32','shape':" + Arrays.toString(extents) + ",'data':[1,2,3,4]");
    }

    /** Asks about a penguin, of which only the island is told. */
    Defect text(String island) {
        StringBuilder escaped = new StringBuilder();
        island.chars().forEach(c -> escaped.append(c < ' ' ? String.format("\\u%04x", c) : (char) c));
        penguin();
        grpc.addInputs(GrpcClient.penguinInput("island", "BYTES")
                .setContents(InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8(island))));
        return json("{\"inputs\":[{\"name\":\"island\",\"datatype\":\"BYTES\",\"shape\":[1,1],\"data\":[\"" + escaped
                + "\"]}]}");
    }

    /** Asks the same with the island as it stands in a binary block. */
    Defect bytes(int... block) {
        byte[] bytes = new byte[block.length];
        for (int i = 0; i < block.length; i++) {
            bytes[i] = (byte) block[i];
        }
        penguin();
        grpc.addInputs(GrpcClient.penguinInput("island", "BYTES")).addRawInputContents(ByteString.copyFrom(bytes));
        return block(
                "{\"inputs\":[{\"name\":\"island\",\"datatype\":\"BYTES\",\"shape\":[1,1],"
                        + "\"parameters\":{\"binary_data_size\":" + bytes.length + "}}]}",
                bytes);
    }

    private void penguin() {
        model("penguins");
        grpc.clearInputs();
    }

    Defect block(String json, int zeros) {
        return block(json, new byte[zeros]);
    }

    private Defect block(String json, byte[] block) {
        json(json);
        jsonLength = body.length;
        body = Arrays.copyOf(body, jsonLength + block.length);
        System.arraycopy(block, 0, body, jsonLength, block.length);
        return this;
    }

    FailureCode code() {
        return code;
    }

    @Nullable
    String field() {
        return field;
    }

    Map<String, String> headers() {
        return headers;
    }

    ModelInferRequest.Builder grpc() {
        return grpc;
    }

    String path() {
        return path;
    }

    byte[] body() {
        return body;
    }

    /** Returns the length of the JSON part, or −1 when all of the body is JSON. */
    int jsonLength() {
        return jsonLength;
    }

    @Override
    public String toString() {
        return what;
    }
}
