package dev.weir.api.http;

import dev.weir.deployment.Disclosure;
import dev.weir.serving.Prediction;
import io.vertx.core.MultiMap;

/** The headers that tell what answered, as far as the deployment discloses it. */
public final class PredictionHeaders {

    private PredictionHeaders() {}

    /** Adds them to an answer. */
    public static void write(MultiMap headers, Prediction prediction) {
        headers.set(Headers.PREDICTION_ID, prediction.id().toString());
        if (prediction.disclosure() != Disclosure.OPAQUE) {
            headers.set(
                    Headers.MODEL_VERSION,
                    prediction.route().variant().version().version());
        }
        if (prediction.disclosure() == Disclosure.FULL) {
            headers.set(Headers.VARIANT, prediction.route().variant().name());
        }
    }
}
