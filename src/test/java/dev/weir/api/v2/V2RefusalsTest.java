package dev.weir.api.v2;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.ByteBudget;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every request the wire refuses: status, stable code and field, nothing internal, and no memory kept. */
@QuarkusTest
class V2RefusalsTest {

    @Inject
    ByteBudget budget;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            empty body                | MALFORMED_JSON     | body              | ``
            no object                 | INVALID_FIELD      | body              | []
            truncated                 | MALFORMED_JSON     | body              | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2
            trailing bytes            | MALFORMED_JSON     | body              | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]} x
            second document           | MALFORMED_JSON     | body              | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}{}
            duplicate key             | DUPLICATE_KEY      | inputs            | {"inputs":[],"inputs":[]}
            duplicate key deep        | DUPLICATE_KEY      | inputs[0].name    | {"inputs":[{"name":"features","name":"features"}]}
            bare NaN                  | MALFORMED_JSON     | body              | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[NaN,2,3,4]}]}
            deep nesting              | LIMIT_EXCEEDED     | body              | {"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
            long number               | LIMIT_EXCEEDED     | inputs[0].data[0] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1.00000000000000000000000000000000000000000000000000000000000000000000,2,3,4]}]}
            null inputs               | MISSING_FIELD      | inputs            | {"inputs":null}
            null shape                | MISSING_FIELD      | inputs[0].shape   | {"inputs":[{"name":"features","shape":null,"datatype":"FP32","data":[1,2,3,4]}]}
            no name for an output     | MISSING_FIELD      | outputs[0].name   | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}],"outputs":[{"name":null}]}
            base64                    | UNSUPPORTED_PARAMETER | inputs[0].parameters.content_type | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","parameters":{"content_type":"base64"},"data":[1,2,3,4]}]}
            no inputs                 | MISSING_FIELD      | inputs            | {}
            inputs no array           | INVALID_FIELD      | inputs            | {"inputs":{}}
            empty inputs              | MISSING_INPUT      | inputs            | {"inputs":[]}
            input no object           | INVALID_FIELD      | inputs[0]         | {"inputs":[7]}
            no name                   | MISSING_FIELD      | inputs[0].name    | {"inputs":[{"shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            no shape                  | MISSING_FIELD      | inputs[0].shape   | {"inputs":[{"name":"features","datatype":"FP32","data":[1,2,3,4]}]}
            no datatype               | MISSING_FIELD      | inputs[0].datatype| {"inputs":[{"name":"features","shape":[1,4],"data":[1,2,3,4]}]}
            no data                   | MISSING_FIELD      | inputs[0].data    | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32"}]}
            unknown datatype          | UNSUPPORTED_DATATYPE| inputs[0].datatype| {"inputs":[{"name":"features","shape":[1,4],"datatype":"FLOAT","data":[1,2,3,4]}]}
            wrong datatype            | WRONG_DATATYPE     | inputs[0].datatype| {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP64","data":[1,2,3,4]}]}
            wrong shape               | WRONG_SHAPE        | inputs[0].shape   | {"inputs":[{"name":"features","shape":[4],"datatype":"FP32","data":[1,2,3,4]}]}
            wrong width               | WRONG_SHAPE        | inputs[0].shape   | {"inputs":[{"name":"features","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}
            negative dimension        | WRONG_SHAPE        | inputs[0].shape   | {"inputs":[{"name":"features","shape":[-1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            fractional dimension      | INVALID_FIELD      | inputs[0].shape[0]| {"inputs":[{"name":"features","shape":[1.5,4],"datatype":"FP32","data":[1,2,3,4]}]}
            huge dimension            | INVALID_FIELD      | inputs[0].shape[0]| {"inputs":[{"name":"features","shape":[18446744073709551616,4],"datatype":"FP32","data":[1]}]}
            overflowing shape         | LIMIT_EXCEEDED     | inputs[0].shape   | {"inputs":[{"name":"features","shape":[4611686018427387904,4],"datatype":"FP32","data":[1]}]}
            too many elements         | LIMIT_EXCEEDED     | inputs[0].shape   | {"inputs":[{"name":"features","shape":[99999999,4],"datatype":"FP32","data":[1]}]}
            too many dimensions       | LIMIT_EXCEEDED     | inputs[0].shape   | {"inputs":[{"name":"features","shape":[1,1,1,1,1,1,1,1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            empty batch               | EMPTY_BATCH        | inputs[0].shape   | {"inputs":[{"name":"features","shape":[0,4],"datatype":"FP32","data":[]}]}
            too few elements          | WRONG_DATA_LENGTH  | inputs[0].data    | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3]}]}
            too many data             | WRONG_DATA_LENGTH  | inputs[0].data    | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4,5]}]}
            ragged                    | WRONG_SHAPE        | inputs[0].data    | {"inputs":[{"name":"features","shape":[2,4],"datatype":"FP32","data":[[1,2,3],[4,5,6,7,8]]}]}
            text for a number         | INVALID_FIELD      | inputs[0].data[1] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,"2",3,4]}]}
            null for a number         | INVALID_FIELD      | inputs[0].data[1] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,null,3,4]}]}
            overflowing number        | VALUE_OUT_OF_RANGE | inputs[0].data[2] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,1e39,4]}]}
            forbidden NaN             | NON_FINITE_VALUE   | inputs[0].data[3] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,"NaN"]}]}
            forbidden infinity        | NON_FINITE_VALUE   | inputs[0].data[0] | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":["-Infinity",2,3,4]}]}
            unknown input             | UNKNOWN_INPUT      | inputs[0].name    | {"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            input twice               | DUPLICATE_INPUT    | inputs[1].name    | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]},{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            unknown output            | UNKNOWN_OUTPUT     | outputs[0].name   | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}],"outputs":[{"name":"x"}]}
            output twice              | INVALID_FIELD      | outputs[1].name   | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}],"outputs":[{"name":"label"},{"name":"label"}]}
            hostile id                | INVALID_ID         | id                | {"id":"a\\u000d\\u000ab","inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}
            sequence                  | UNSUPPORTED_PARAMETER | parameters.sequence_id | {"parameters":{"sequence_id":7},"inputs":[]}
            shared memory             | UNSUPPORTED_PARAMETER | inputs[0].parameters.shared_memory_region | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","parameters":{"shared_memory_region":"r"},"data":[1,2,3,4]}]}
            nested parameter          | INVALID_FIELD      | parameters.a      | {"parameters":{"a":{}},"inputs":[]}
            binary without block      | MALFORMED_BODY     | inputs[0].parameters.binary_data_size | {"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}
            """)
    void refusesWithCodeAndField(String what, String code, String field, String body) {
        Response response = given().contentType("application/json").body(body).post("/v2/models/iris/infer");
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code"))
                .as(response.asString())
                .isEqualTo(code);
        assertThat(response.jsonPath().getString("field")).isEqualTo(field);
        assertThat(response.header("X-Request-Id"))
                .isEqualTo(response.jsonPath().getString("request_id"))
                .isNotBlank();
        assertThat(response.asString())
                .doesNotContain("Exception", "dev.weir", "jackson", ".java", "/examples/", "[Source");
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        byte[] body = "{\"inputs\":[],\"id\":\"?\"}".getBytes(StandardCharsets.UTF_8);
        body[18] = (byte) 0xC0;
        assertRefused(body, "INVALID_UTF8");
    }

    @Test
    void refusesUtf16() {
        assertRefused("{\"inputs\":[]}".getBytes(StandardCharsets.UTF_16LE), "MALFORMED_JSON");
    }

    private static void assertRefused(byte[] body, String code) {
        Response response =
                given().contentType("application/octet-stream").body(body).post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code")).isEqualTo(code);
    }

    @Test
    void refusesTrailingBinaryBytes() {
        String head = "{\"inputs\":[{\"name\":\"features\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}";
        Response response = given().header("Inference-Header-Content-Length", head.length())
                .contentType("application/octet-stream")
                .body((head + "xyz").getBytes(StandardCharsets.UTF_8))
                .post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code")).isEqualTo("MALFORMED_BODY");
    }

    @ParameterizedTest
    @CsvSource({"-1", "abc", "999", "9999999999999999999999"})
    void refusesAHeaderLengthThatLies(String length) {
        Response response = given().header("Inference-Header-Content-Length", length)
                .body("{}")
                .post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code")).isEqualTo("INVALID_HEADER");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /v2/models/nope/infer             | 404 | UNKNOWN_MODEL
            /v2/models/iris/versions/9/infer  | 404 | UNKNOWN_VERSION
            /v2/models/%2e%2e/infer           | 404 | UNKNOWN_MODEL
            /v2/models/iris%2finfer           | 405 | METHOD_NOT_ALLOWED
            /v2/models/a;b/infer              | 404 | UNKNOWN_MODEL
            /v2/models/iris/infer/x           | 404 | NOT_FOUND
            /v2x                              | 404 | NOT_FOUND
            /v2/models                        | 404 | NOT_FOUND
            /v3                               | 404 | NOT_FOUND
            """)
    void refusesPathsThatLeadNowhere(String path, int status, String code) {
        Response response = given().urlEncodingEnabled(false).body("{}").post(path);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.jsonPath().getString("code")).isEqualTo(code);
        assertThat(response.header("X-Request-Id")).isNotBlank();
    }

    @Test
    void refusesAnotherMethodAndNamesTheRightOne() {
        Response response = given().get("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.header("Allow")).isEqualTo("POST");
    }

    @Test
    void refusesCompressedBodies() {
        Response response = given().header("Content-Encoding", "gzip").body("x").post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(response.jsonPath().getString("code")).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
    }

    @ParameterizedTest
    @CsvSource({"0", "99999999", "-5", "soon"})
    void refusesAnImpossibleTimeout(String millis) {
        Response response = given().header("Weir-Timeout-Ms", millis).body("{}").post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.jsonPath().getString("field")).isEqualTo("Weir-Timeout-Ms");
    }

    @ParameterizedTest
    @CsvSource({"a b", "<script>", "a\"b", "\u00e4", "a%0d%0ab"})
    void refusesHostileRequestIds(String id) {
        Response response = given().header("X-Request-Id", id).body("{}").post("/v2/models/iris/infer");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.jsonPath().getString("code")).isEqualTo("INVALID_ID");
        assertThat(response.header("X-Request-Id")).isNotEqualTo(id);
    }
}
