package dev.weir.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The OpenAPI document in the repository is the one the server answers. */
@QuarkusTest
class OpenApiDocumentTest {

    @Test
    void shouldBeTheServersOwn() throws IOException {
        String served = RestAssured.get("/q/openapi").asString();
        assertThat(served).startsWith("---\nopenapi: 3.1.0");
        CheckedIn.requireEqual(Path.of("docs/openapi.yaml"), served);
    }

    /** It is part of development and test mode; a packaged server has none. */
    @Test
    void shouldHaveASwaggerUiToBrowseItWith() {
        assertThat(RestAssured.get("/q/swagger-ui/").asString()).contains("swagger-ui");
    }
}
