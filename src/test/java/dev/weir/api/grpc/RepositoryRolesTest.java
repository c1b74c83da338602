package dev.weir.api.grpc;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import dev.weir.fixture.TroubledRegistry;
import inference.wire.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.wire.RepositoryIndexRequest;
import inference.wire.RepositoryModelLoadRequest;
import inference.wire.RepositoryModelUnloadRequest;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may use the model repository extension, over HTTP and gRPC. */
@QuarkusTest
@TestProfile(TroubledRegistry.class)
class RepositoryRolesTest {

    private static final List<Function<GRPCInferenceServiceBlockingStub, ?>> CALLS = List.of(
            stub -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()),
            stub -> stub.repositoryModelLoad(
                    RepositoryModelLoadRequest.newBuilder().setModelName("m").build()),
            stub -> stub.repositoryModelUnload(
                    RepositoryModelUnloadRequest.newBuilder().setModelName("m").build()));

    @TestHTTPResource
    URI server;

    @ParameterizedTest
    @CsvSource({"index, PREDICT", "index, OPERATE", "models/m/load, PREDICT", "models/m/unload, PREDICT"})
    void shouldForbidItOverHttpWithoutTheRoleRegister(String path, String role) {
        given().header("Authorization", role)
                .post("/v2/repository/" + path)
                .then()
                .statusCode(403)
                .body("code", equalTo("FORBIDDEN"));
    }

    @Test
    void shouldForbidItOverGrpcWithoutTheRoleRegister() {
        try (GrpcClient client = new GrpcClient(server)) {
            assertThat(CALLS).allSatisfy(call -> assertThat(client.refuse(call, "authorization", "PREDICT")
                            .status()
                            .getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED));
        }
    }

    @Test
    void shouldLetThoseInWhoHaveIt() {
        given().header("Authorization", "REGISTER")
                .post("/v2/repository/index")
                .then()
                .statusCode(200);
        try (GrpcClient client = new GrpcClient(server)) {
            assertThat(client.call(
                                    stub -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()),
                                    "authorization",
                                    "REGISTER")
                            .message())
                    .isNotNull();
        }
    }
}
