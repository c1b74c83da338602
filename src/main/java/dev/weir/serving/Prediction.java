package dev.weir.serving;

import dev.weir.deployment.Disclosure;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.PredictionId;
import dev.weir.routing.Route;

/**
 * An answered request.
 *
 * @param id the attempt that answered
 * @param deployment the deployment that was called
 * @param disclosure how much its callers may learn of the route
 * @param route who answered, and why
 * @param response the answer
 */
public record Prediction(
        PredictionId id, String deployment, Disclosure disclosure, Route route, InferenceResponse response) {}
