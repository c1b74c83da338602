package dev.weir.api.rows;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.Disclosure;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells how a model stands, in the words of both servers that speak v1: KServe and TensorFlow Serving. */
@ApplicationScoped
class ModelStatus {

    private final ServableBoard board;

    @Inject
    ModelStatus(ServableBoard board) {
        this.board = board;
    }

    /**
     * Describes a deployment that is ready, with every version it names, as far as it discloses them.
     *
     * @throws PredictionFailed when its primary can't serve
     */
    JsonObject of(Deployment deployment) {
        requireReady(deployment.isReady());
        return describe(deployment, deployment.spec().split().variants());
    }

    /**
     * Describes one version of a deployment.
     *
     * @throws RequestRejected when the deployment names no such version
     * @throws PredictionFailed when it is not loaded
     */
    JsonObject of(Deployment deployment, String version) {
        Route route = Names.isName(version) ? deployment.spec().split().pin(version) : null;
        if (route == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the model has no such version deployed", "version");
        }
        requireReady(deployment.lane(route.variant()) != null);
        return describe(deployment, List.of(route.variant()));
    }

    private static void requireReady(boolean ready) {
        if (!ready) {
            throw new PredictionFailed(FailureCode.MODEL_NOT_READY, "the model is deployed, but not ready");
        }
    }

    private JsonObject describe(Deployment deployment, List<Variant> variants) {
        JsonObject status = new JsonObject().put("name", deployment.name()).put("ready", true);
        if (deployment.spec().disclosure() != Disclosure.OPAQUE) {
            JsonArray versions = new JsonArray();
            variants.forEach(variant -> versions.add(version(variant.version())));
            status.put("model_version_status", versions);
        }
        return status;
    }

    private JsonObject version(VersionRef ref) {
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
