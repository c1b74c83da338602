package dev.weir.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.weir.inference.ByteBudget;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests that are sent again, over real HTTP. */
@QuarkusTest
class IdempotencyTest {

    private static final String IRIS = "/v2/models/iris/infer";

    private final String key = UUID.randomUUID().toString();

    @Inject
    ByteBudget budget;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    private static String body(double first) {
        return "{\"inputs\":[{\"name\":\"features\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[" + first
                + ",3.5,1.4,0.2]}]}";
    }

    private Response send(String body) {
        return given().header("Idempotency-Key", key).body(body).post(IRIS);
    }

    @Test
    void shouldAnswerARequestThatIsSentAgainAsItWasAnsweredBefore() {
        Response first = send(body(5.1));
        Response again = send(body(5.1));

        again.then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .header("Weir-Model-Version", notNullValue())
                .header("Weir-Prediction-Id", equalTo(first.header("Weir-Prediction-Id")));
        assertThat(again.asByteArray()).isEqualTo(first.asByteArray());
        assertThat(again.contentType()).isEqualTo(first.contentType());
        first.then().header("Idempotency-Replayed", nullValue());
    }

    @Test
    void shouldRefuseAKeyWithAnotherBody() {
        send(body(5.1)).then().statusCode(200);

        send(body(5.2))
                .then()
                .statusCode(409)
                .body("code", equalTo("CONFLICT"))
                .body("field", equalTo("Idempotency-Key"));
    }

    @Test
    void shouldRefuseAKeyAtAnotherPath() {
        send(body(5.1)).then().statusCode(200);

        given().header("Idempotency-Key", key)
                .body(body(5.1))
                .post("/v2/models/iris/versions/1/infer")
                .then()
                .statusCode(409);
    }

    @Test
    void shouldTryAgainWhatFailed() {
        send("{\"inputs\":[]}").then().statusCode(400);

        send(body(5.1)).then().statusCode(200).header("Idempotency-Replayed", nullValue());
    }

    @Test
    void shouldReplayLargeBodiesThatAreDecodedAside() {
        StringBuilder rows = new StringBuilder("{\"instances\":[[5.1,3.5,1.4,0.2]");
        for (int i = 0; i < 4000; i++) {
            rows.append(",[5.1,3.5,1.4,0.2]");
        }
        String body = rows.append("]}").toString();

        String first = given().header("Idempotency-Key", key)
                .body(body)
                .post("/v1/models/iris:predict")
                .asString();

        given().header("Idempotency-Key", key)
                .body(body)
                .post("/v1/models/iris:predict")
                .then()
                .statusCode(200)
                .header("Idempotency-Replayed", equalTo("true"))
                .body(equalTo(first));
    }

    @Test
    void shouldRefuseWhatIsNoKey() {
        given().header("Idempotency-Key", "a b")
                .body(body(5.1))
                .post(IRIS)
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_ID"));
    }
}
