package dev.weir.api.rows;

import dev.weir.api.ModelViews;
import dev.weir.deployment.Deployment;
import dev.weir.deployment.Disclosure;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import dev.weir.serving.Predictions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Tells how a model stands, in the words of both servers that speak v1: KServe and TensorFlow Serving. */
@Singleton
class ModelStatus {

    private final ModelViews views;
    private final Predictions predictions;
    private final ServableBoard board;

    @Inject
    ModelStatus(ModelViews views, Predictions predictions, ServableBoard board) {
        this.views = views;
        this.predictions = predictions;
        this.board = board;
    }

    /**
     * How a model stands.
     *
     * @param ready whether it can serve
     * @param body the answer
     */
    record View(boolean ready, JsonObject body) {}

    /**
     * Describes a deployment with every version it names, or one version, as far as it discloses them.
     *
     * @throws dev.weir.failure.RequestRejected when there is no such deployment or version
     */
    View of(String name, @Nullable String version) {
        Deployment deployment = predictions.find(name);
        boolean ready = views.isModelReady(name, version);
        JsonObject body = new JsonObject().put("name", deployment.name()).put("ready", ready);
        if (deployment.spec().disclosure() != Disclosure.OPAQUE) {
            JsonArray versions = new JsonArray();
            deployment.variants().stream()
                    .map(variant -> variant.version())
                    .filter(ref -> version == null || ref.version().equals(version))
                    .forEach(ref -> versions.add(describe(ref)));
            body.put("model_version_status", versions);
        }
        return new View(ready, body);
    }

    private JsonObject describe(VersionRef ref) {
        ServableState state = board.get(ref);
        boolean failed = state instanceof ServableState.Failed;
        return new JsonObject()
                .put("version", ref.version())
                .put("state", word(state))
                .put(
                        "status",
                        new JsonObject()
                                .put("error_code", failed ? "UNKNOWN" : "OK")
                                .put("error_message", failed ? "the version was refused when it was loaded" : ""));
    }

    private static String word(@Nullable ServableState state) {
        return switch (state) {
            case null -> "START";
            case ServableState.Loading l -> "LOADING";
            case ServableState.Available a -> "AVAILABLE";
            case ServableState.Draining d -> "UNLOADING";
            case ServableState.Unloaded u -> "END";
            case ServableState.Failed f -> "END";
        };
    }
}
