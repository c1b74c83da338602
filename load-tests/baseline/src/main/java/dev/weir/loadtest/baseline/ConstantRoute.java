package dev.weir.loadtest.baseline;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Reads the whole body of a POST and answers what a file held at start, byte for byte. */
@ApplicationScoped
class ConstantRoute {

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    @ConfigProperty(name = "baseline.answer")
    Path file;

    void register(@Observes Router router) throws IOException {
        Buffer answer = Buffer.buffer(Files.readAllBytes(file));
        router.post("/v2/models/iris/infer").order(-1000).handler(context -> {
            HttpServerRequest request = context.request();
            request.body().onSuccess(body -> request.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                    .end(answer.copy()));
            // The platform hands requests over paused.
            request.resume();
        });
        router.get("/v2/health/ready").order(-1000).handler(context -> context.response()
                .end());
    }
}
