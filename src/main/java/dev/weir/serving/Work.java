package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.servable.Lane;
import org.jspecify.annotations.Nullable;

/**
 * A request that was routed, and holds a use of the servable it was routed to.
 *
 * @param id the attempt that it becomes
 * @param snapshot what it was routed by
 * @param subjectKey what stands for whom it is about in its record; null when it does not say, or is not recorded
 */
record Work(
        PredictionId id,
        Admission admission,
        InferenceRequest request,
        RecordTags tags,
        Answer answer,
        ServingSnapshot snapshot,
        Deployment deployment,
        Route route,
        Lane lane,
        @Nullable String subjectKey) {

    Work about(@Nullable String key) {
        return key == null
                ? this
                : new Work(id, admission, request, tags, answer, snapshot, deployment, route, lane, key);
    }

    /** Returns this work on other terms: until when, with which memory, and who is told of its end. */
    Work with(Admission terms, InferenceRequest leased, Answer told) {
        return new Work(id, terms, leased, tags, told, snapshot, deployment, route, lane, subjectKey);
    }
}
