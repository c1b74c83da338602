package dev.weir.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.registry.S3DownAtStartTest;
import inference.wire.RepositoryIndexRequest;
import inference.wire.RepositoryIndexResponse;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** What the repository index says over gRPC when the server started while its registry was down. */
@QuarkusTest
@TestProfile(S3DownAtStartTest.KnownStore.class)
class CachedIndexTest {

    @TestHTTPResource
    URI server;

    @Test
    void shouldSaySinceWhenItIsKnown() {
        try (GrpcClient client = new GrpcClient(server)) {
            RepositoryIndexResponse index = client.call(
                            stub -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()))
                    .message();

            assertThat(index.getRegistryCachedAt()).matches("20\\S+Z");
            assertThat(index.getModels(0).getDigest()).startsWith("sha256:");
        }
    }
}
