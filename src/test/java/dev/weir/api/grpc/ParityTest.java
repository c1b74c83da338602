package dev.weir.api.grpc;

import static dev.weir.api.grpc.Defect.defect;
import static dev.weir.failure.FailureCode.*;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weir.api.StatusTable;
import dev.weir.api.grpc.GrpcClient.Refusal;
import dev.weir.inference.ByteBudget;
import inference.wire.InferParameter;
import inference.wire.ModelInferRequest.InferRequestedOutputTensor;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One defect, sent by REST and by gRPC, is refused with one code, one field and one limit. */
@QuarkusTest
class ParityTest {

    @TestHTTPResource
    URI server;

    @Inject
    ByteBudget budget;

    GrpcClient client;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
    }

    @AfterEach
    void leaveNothingReserved() {
        client.close();
        await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    static Stream<Defect> defects() {
        return Stream.of(models(), names(), shapes(), elements(), texts(), binaries(), parameters(), requests())
                .flatMap(defects -> defects);
    }

    private static Stream<Defect> models() {
        return Stream.of(
                defect("unknown model", UNKNOWN_MODEL, "model").model("roses"),
                defect("model's name no name", UNKNOWN_MODEL, "model").model("a%20b", "a b"),
                defect("unknown model, broken body", UNKNOWN_MODEL, "model")
                        .model("roses")
                        .json("{\"inputs\":[{\"shape\":")
                        .grpc(request -> request.getInputsBuilder(0).clearName().addShape(-1)),
                defect("unknown model, hostile id", UNKNOWN_MODEL, "model")
                        .model("roses")
                        .json("{\"id\":\"a b\",\"inputs\":[]}")
                        .grpc(request -> request.setId("a b")),
                defect("unknown version", UNKNOWN_VERSION, "version").version("9"),
                defect("version's name no name", UNKNOWN_VERSION, "version").version(".."));
    }

    private static Stream<Defect> names() {
        return Stream.of(
                defect("missing name", MISSING_FIELD, "inputs[0].name")
                        .input("'datatype':'FP32','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0).clearName()),
                defect("empty name", MISSING_FIELD, "inputs[0].name")
                        .input("'name':'','datatype':'FP32','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0).setName("")),
                defect("missing datatype", MISSING_FIELD, "inputs[0].datatype")
                        .input("'name':'features','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0).clearDatatype()),
                defect("unsupported datatype", UNSUPPORTED_DATATYPE, "inputs[0].datatype")
                        .input("'name':'features','datatype':'FLOAT','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0).setDatatype("FLOAT")),
                defect("no inputs", MISSING_INPUT, "inputs")
                        .json("{\"inputs\":[]}")
                        .grpc(request -> request.clearInputs()),
                defect("unknown input", UNKNOWN_INPUT, "inputs[0].name")
                        .input("'name':'petals','datatype':'FP32','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0).setName("petals")),
                defect("duplicate input", DUPLICATE_INPUT, "inputs[1].name")
                        .json("{\"inputs\":[" + Defect.IRIS + "," + Defect.IRIS + "]}")
                        .grpc(request -> request.addInputs(request.getInputs(0))),
                defect("missing output's name", MISSING_FIELD, "outputs[0].name")
                        .json("{\"inputs\":[" + Defect.IRIS + "],\"outputs\":[{}]}")
                        .grpc(request -> request.addOutputs(InferRequestedOutputTensor.getDefaultInstance())),
                defect("unknown output", UNKNOWN_OUTPUT, "outputs[0].name")
                        .json("{\"inputs\":[" + Defect.IRIS + "],\"outputs\":[{\"name\":\"scores\"}]}")
                        .grpc(request -> request.addOutputs(GrpcClient.output("scores"))),
                defect("duplicate output", INVALID_FIELD, "outputs[1].name")
                        .json("{\"inputs\":[" + Defect.IRIS
                                + "],\"outputs\":[{\"name\":\"label\"},{\"name\":\"label\"}]}")
                        .grpc(request ->
                                request.addOutputs(GrpcClient.output("label")).addOutputs(GrpcClient.output("label"))),
                defect("name too long", LIMIT_EXCEEDED, "inputs[0].name")
                        .input("'name':'" + "n".repeat((1 << 20) + 1) + "'")
                        .grpc(request -> request.getInputsBuilder(0).setName("n".repeat((1 << 20) + 1))));
    }

    private static Stream<Defect> shapes() {
        return Stream.of(
                defect("wrong shape", WRONG_SHAPE, "inputs[0].shape").shape(2, 2),
                defect("wrong rank", WRONG_SHAPE, "inputs[0].shape").shape(4),
                defect("negative dimension", WRONG_SHAPE, "inputs[0].shape").shape(-1, 4),
                defect("empty batch", EMPTY_BATCH, "inputs[0].shape")
                        .input("'name':'features','datatype':'FP32','shape':[0,4],'data':[]")
                        .grpc(request -> {
                            request.getInputsBuilder(0).setShape(0, 0);
                            request.getInputsBuilder(0).clearContents();
                        }),
                defect("too many dimensions", LIMIT_EXCEEDED, "inputs[0].shape").shape(1, 1, 1, 1, 1, 1, 1, 1, 4),
                defect("too many elements", LIMIT_EXCEEDED, "inputs[0].shape").shape(1 << 30, 4),
                defect("shape overflow", LIMIT_EXCEEDED, "inputs[0].shape").shape(1L << 62, 4),
                defect("shape the data can't fill", WRONG_DATA_LENGTH, "inputs[0].data")
                        .shape(1 << 20, 4));
    }

    private static Stream<Defect> elements() {
        return Stream.of(
                defect("wrong datatype", WRONG_DATATYPE, "inputs[0].datatype")
                        .input("'name':'features','datatype':'INT32','shape':[1,4],'data':[1,2,3,4]")
                        .grpc(request -> {
                            request.getInputsBuilder(0).setDatatype("INT32").clearContents();
                            for (int i = 1; i <= 4; i++) {
                                request.getInputsBuilder(0).getContentsBuilder().addIntContents(i);
                            }
                        }),
                defect("too few elements", WRONG_DATA_LENGTH, "inputs[0].data")
                        .input("'name':'features','datatype':'FP32','shape':[1,4],'data':[1,2,3]")
                        .grpc(request -> request.getInputsBuilder(0)
                                .getContentsBuilder()
                                .clearFp32Contents()
                                .addFp32Contents(1)),
                defect("too many elements for the shape", WRONG_DATA_LENGTH, "inputs[0].data")
                        .input("'name':'features','datatype':'FP32','shape':[1,4],'data':[1,2,3,4,5]")
                        .grpc(request ->
                                request.getInputsBuilder(0).getContentsBuilder().addFp32Contents(5)),
                defect("no data", MISSING_FIELD, "inputs[0].data")
                        .input("'name':'features','datatype':'FP32','shape':[1,4]")
                        .grpc(request -> request.getInputsBuilder(0).clearContents()),
                defect("one of two without data", MISSING_FIELD, "inputs[1].data")
                        .json("{\"inputs\":[" + Defect.IRIS
                                + ",{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4]}]}")
                        .grpc(request -> request.addInputs(
                                request.getInputs(0).toBuilder().clearContents())),
                defect("number out of range", VALUE_OUT_OF_RANGE, "inputs[0].data[2]")
                        .input("'name':'features','datatype':'INT8','shape':[1,4],'data':[1,2,300,4]")
                        .grpc(request -> {
                            request.getInputsBuilder(0).setDatatype("INT8").clearContents();
                            for (int i : new int[] {1, 2, 300, 4}) {
                                request.getInputsBuilder(0).getContentsBuilder().addIntContents(i);
                            }
                        }),
                defect("NaN", NON_FINITE_VALUE, "inputs[0].data[2]")
                        .input("'name':'features','datatype':'FP32','shape':[1,4],'data':[1,2,'NaN',4]")
                        .grpc(request ->
                                request.getInputsBuilder(0).getContentsBuilder().setFp32Contents(2, Float.NaN)),
                defect("infinity", NON_FINITE_VALUE, "inputs[0].data[0]")
                        .input("'name':'features','datatype':'FP32','shape':[1,4],'data':['-Infinity',2,3,4]")
                        .grpc(request -> request.getInputsBuilder(0)
                                .getContentsBuilder()
                                .setFp32Contents(0, Float.NEGATIVE_INFINITY)));
    }

    private static Stream<Defect> texts() {
        return Stream.of(
                defect("missing input", MISSING_INPUT, "inputs").text("Torgersen"),
                defect("character above U+FFFF", UNSUPPORTED_VALUE, "inputs[0].data[0]")
                        .text("\ud83d\udc27"),
                defect("NUL", UNSUPPORTED_VALUE, "inputs[0].data[0]").text("a\u0000"),
                defect("bad UTF-8", INVALID_UTF8, "inputs[0].data[0]").bytes(1, 0, 0, 0, 0xC3),
                defect("text too long", LIMIT_EXCEEDED, "inputs[0].data[0]").text("x".repeat((1 << 20) + 1)),
                defect("text too long in bytes", LIMIT_EXCEEDED, "inputs[0].data[0]")
                        .text("é".repeat((1 << 19) + 1)));
    }

    private static Stream<Defect> binaries() {
        return Stream.of(
                defect("block too short", WRONG_DATA_LENGTH, "inputs[0].data").bytes(1, 0, 0),
                defect("element's length lies", MALFORMED_BODY, "inputs[0].data[0]")
                        .bytes(100, 0, 0, 0, 'x'),
                defect("bytes after the last element", WRONG_DATA_LENGTH, "inputs[0].data")
                        .bytes(1, 0, 0, 0, 'x', 'y'),
                defect("more raw bytes than the type takes", WRONG_DATA_LENGTH, "inputs[0].data")
                        .block("{\"inputs\":[" + Defect.irisWith("'parameters':{'binary_data_size':20}") + "]}", 20)
                        .grpc(request -> {
                            request.getInputsBuilder(0).clearContents();
                            request.addRawInputContents(ByteString.copyFrom(new byte[20]));
                        }),
                defect("data twice", INVALID_FIELD, "inputs[0].data")
                        .block(
                                "{\"inputs\":["
                                        + Defect.irisWith("'data':[1,2,3,4],'parameters':{'binary_data_size':16}")
                                        + "]}",
                                16)
                        .grpc(request -> request.addRawInputContents(ByteString.copyFrom(new byte[16]))),
                defect("second input not in the block", MISSING_FIELD, "inputs[1].data")
                        .block(
                                "{\"inputs\":[" + Defect.irisWith("'parameters':{'binary_data_size':16}") + ","
                                        + Defect.irisWith("'parameters':{}") + "]}",
                                16)
                        .grpc(request -> {
                            request.getInputsBuilder(0).clearContents();
                            request.addInputs(request.getInputs(0));
                            request.addRawInputContents(ByteString.copyFrom(new byte[16]));
                        }),
                defect("bytes no input claims", MALFORMED_BODY, null)
                        .block("{\"inputs\":[" + Defect.irisWith("'parameters':{'binary_data_size':16}") + "]}", 17)
                        .grpc(request -> {
                            request.getInputsBuilder(0).clearContents();
                            request.addRawInputContents(ByteString.copyFrom(new byte[16]));
                            request.addRawInputContents(ByteString.copyFrom(new byte[1]));
                        }));
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static Stream<Defect> parameters() {
        return Stream.of(
                defect("sequence", UNSUPPORTED_PARAMETER, "parameters.sequence_id")
                        .json("{\"parameters\":{\"sequence_id\":7},\"inputs\":[" + Defect.IRIS + "]}")
                        .grpc(request -> request.putParameters("sequence_id", number(7))),
                defect("base64", UNSUPPORTED_PARAMETER, "inputs[0].parameters.content_type")
                        .json("{\"inputs\":["
                                + Defect.irisWith("'parameters':{'content_type':'base64'},'data':[1,2,3,4]") + "]}")
                        .grpc(request -> request.getInputsBuilder(0).putParameters("content_type", text("base64"))),
                defect("classification", UNSUPPORTED_PARAMETER, "outputs[0].parameters.classification")
                        .json("{\"inputs\":[" + Defect.IRIS
                                + "],\"outputs\":[{\"name\":\"label\",\"parameters\":{\"classification\":2}}]}")
                        .grpc(request -> request.addOutputs(
                                GrpcClient.output("label").putParameters("classification", number(2)))),
                defect("timeout of another type", INVALID_FIELD, "parameters.timeout")
                        .json("{\"parameters\":{\"timeout\":\"soon\"},\"inputs\":[" + Defect.IRIS + "]}")
                        .grpc(request -> request.putParameters("timeout", text("soon"))),
                defect("timeout of nothing", INVALID_FIELD, "parameters.timeout")
                        .json("{\"parameters\":{\"timeout\":0},\"inputs\":[" + Defect.IRIS + "]}")
                        .grpc(request -> request.putParameters("timeout", number(0))),
                defect("too many outputs", LIMIT_EXCEEDED, "outputs")
                        .json("{\"outputs\":[" + "{\"name\":\"label\"},".repeat(256) + "{\"name\":\"label\"}]}")
                        .grpc(request -> {
                            for (int i = 0; i < 257; i++) {
                                request.addOutputs(GrpcClient.output("label"));
                            }
                        }));
    }

    private static Stream<Defect> requests() {
        return Stream.of(
                defect("hostile id", INVALID_ID, "id")
                        .json("{\"id\":\"a b\",\"inputs\":[" + Defect.IRIS + "]}")
                        .grpc(request -> request.setId("a b")),
                defect("long id", INVALID_ID, "id")
                        .json("{\"id\":\"" + "a".repeat(129) + "\",\"inputs\":[" + Defect.IRIS + "]}")
                        .grpc(request -> request.setId("a".repeat(129))),
                defect("hostile id in the headers", INVALID_ID, "X-Request-Id").header("X-Request-Id", "a b"),
                defect("timeout no number", INVALID_HEADER, "Weir-Timeout-Ms").header("Weir-Timeout-Ms", "soon"),
                defect("timeout too long", INVALID_FIELD, "Weir-Timeout-Ms").header("Weir-Timeout-Ms", "60001"),
                defect("no time", INVALID_FIELD, "Weir-Timeout-Ms").header("Weir-Timeout-Ms", "0"));
    }

    @ParameterizedTest
    @MethodSource("defects")
    void shouldRefuseTheSameByBothProtocols(Defect defect) {
        Response rest = rest(defect);
        Refusal grpc = client.refuseInfer(
                defect.grpc(),
                defect.headers().entrySet().stream()
                        .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                        .toArray(String[]::new));
        Map<String, Object> error = rest.jsonPath().getMap("");

        assertThat(error.get("code"))
                .as(rest.asString())
                .isEqualTo(defect.code().name());
        assertThat(grpc.trailer("weir-code"))
                .as(grpc.status().getDescription())
                .isEqualTo(defect.code().name());
        assertThat(rest.statusCode()).isEqualTo(StatusTable.http(defect.code()));
        assertThat(grpc.status().getCode()).isEqualTo(StatusTable.grpc(defect.code()));
        if (defect.field() != null) {
            assertThat(error.get("field")).isEqualTo(defect.field());
            assertThat(grpc.trailer("weir-field")).isEqualTo(defect.field());
        }
        Object limit = error.get("limit");
        assertThat(grpc.trailer("weir-limit")).isEqualTo(limit == null ? null : limit.toString());
    }

    private static Response rest(Defect defect) {
        RequestSpecification request =
                given().urlEncodingEnabled(false).headers(defect.headers()).body(defect.body());
        if (defect.jsonLength() >= 0) {
            request.header("Inference-Header-Content-Length", defect.jsonLength());
        }
        return request.contentType("application/octet-stream").post(defect.path());
    }
}
