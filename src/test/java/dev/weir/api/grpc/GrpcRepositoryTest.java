package dev.weir.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.grpc.GrpcClient.Refusal;
import inference.wire.ModelRepositoryParameter;
import inference.wire.RepositoryIndexRequest;
import inference.wire.RepositoryIndexResponse.ModelIndex;
import inference.wire.RepositoryModelLoadRequest;
import inference.wire.RepositoryModelUnloadRequest;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The model repository extension over gRPC. */
@QuarkusTest
class GrpcRepositoryTest {

    @TestHTTPResource
    URI server;

    GrpcClient client;

    @BeforeEach
    void connect() {
        client = new GrpcClient(server);
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    private List<ModelIndex> index(RepositoryIndexRequest request) {
        return client.call(stub -> stub.repositoryIndex(request)).message().getModelsList();
    }

    private static RepositoryModelLoadRequest load(String model) {
        return RepositoryModelLoadRequest.newBuilder().setModelName(model).build();
    }

    @Test
    void shouldListEveryVersionOfTheRegistry() {
        assertThat(index(RepositoryIndexRequest.getDefaultInstance()))
                .anySatisfy(entry -> {
                    assertThat(entry.getName()).isEqualTo("iris");
                    assertThat(entry.getVersion()).isEqualTo("1");
                    assertThat(entry.getState()).isEqualTo("READY");
                    assertThat(entry.getDigest()).matches("sha256:[0-9a-f]{64}");
                    assertThat(entry.hasLoadMillis()).isTrue();
                })
                .contains(ModelIndex.newBuilder()
                        .setName("breast-cancer")
                        .setVersion("3")
                        .setState("UNAVAILABLE")
                        .setReason("not deployed")
                        .build());
    }

    @Test
    void shouldListOnlyWhatIsReadyIfAsked() {
        assertThat(index(RepositoryIndexRequest.newBuilder().setReady(true).build()))
                .isNotEmpty()
                .extracting(ModelIndex::getState)
                .containsOnly("READY");
    }

    @Test
    void shouldConfirmThatADeployedModelServes() {
        assertThat(client.call(stub -> stub.repositoryModelLoad(load("iris"))).message())
                .isNotNull();
    }

    @Test
    void shouldNotLoadAModelThatIsNotThere() {
        Refusal refusal = client.refuse(stub -> stub.repositoryModelLoad(load("roses")));

        assertThat(refusal.status().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void shouldRefuseModelsFromCallers() {
        RepositoryModelLoadRequest request = load("iris").toBuilder()
                .putParameters(
                        "config",
                        ModelRepositoryParameter.newBuilder()
                                .setStringParam("{}")
                                .build())
                .build();

        assertThat(client.refuse(stub -> stub.repositoryModelLoad(request))
                        .status()
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void shouldNotUnloadADeployedModel() {
        RepositoryModelUnloadRequest request =
                RepositoryModelUnloadRequest.newBuilder().setModelName("iris").build();

        assertThat(client.refuse(stub -> stub.repositoryModelUnload(request))
                        .status()
                        .getCode())
                .isEqualTo(Status.Code.ABORTED);
    }

    @Test
    void shouldKnowNoOtherRepository() {
        RepositoryIndexRequest request =
                RepositoryIndexRequest.newBuilder().setRepositoryName("other").build();

        assertThat(client.refuse(stub -> stub.repositoryIndex(request)).status().getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
}
