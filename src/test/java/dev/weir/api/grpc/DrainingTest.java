package dev.weir.api.grpc;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.weir.deployment.ServingState;
import dev.weir.telemetry.TracingTest;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import inference.wire.ModelReadyRequest;
import inference.wire.ServerReadyRequest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A server on its way out says so wherever it is asked, of itself and of each model. Draining is for good, so this server is
 * shared with a test only that asks it for no prediction.
 */
@QuarkusTest
@TestProfile(TracingTest.WithCollector.class)
class DrainingTest {

    @TestHTTPResource
    URI server;

    @Inject
    ServingState state;

    GrpcClient client;

    @BeforeEach
    void drain() {
        client = new GrpcClient(server);
        state.drain();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void shouldTakeNoPredictions() {
        given().body("{}").post("/v2/models/iris/infer").then().statusCode(503).body("code", equalTo("SHUTTING_DOWN"));
        assertThat(client.refuseInfer(GrpcClient.iris(GrpcClient.SETOSA)).trailer("weir-code"))
                .isEqualTo("SHUTTING_DOWN");
    }

    @Test
    void shouldSayOverHttpThatModelsAreNotReady() {
        for (String path :
                new String[] {"/v2/models/iris/ready", "/v2/models/iris/versions/1/ready", "/v1/models/iris"}) {
            given().get(path).then().statusCode(503).body("ready", equalTo(false));
        }
        given().get("/v2/health/ready").then().statusCode(503);
        given().get("/ping").then().statusCode(503);
        given().get("/v2/models/nope/ready").then().statusCode(404);
    }

    @Test
    void shouldSayOverGrpcThatModelsAreNotReady() {
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(client.channel());

        assertThat(client.call(stub -> stub.modelReady(
                                ModelReadyRequest.newBuilder().setName("iris").build()))
                        .message()
                        .getReady())
                .isFalse();
        assertThat(client.call(stub -> stub.serverReady(ServerReadyRequest.getDefaultInstance()))
                        .message()
                        .getReady())
                .isFalse();
        assertThat(health.check(HealthCheckRequest.newBuilder()
                                .setService("iris")
                                .build())
                        .getStatus())
                .isEqualTo(ServingStatus.NOT_SERVING);
    }
}
