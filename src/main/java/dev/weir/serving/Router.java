package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Names;
import dev.weir.inference.PredictionId;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Assignment;
import dev.weir.routing.Route;
import dev.weir.routing.TrafficSplit;
import dev.weir.servable.Lane;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Decides by one snapshot who answers a request, and takes a use of that version. Thread-safe; never blocks. */
@Singleton
class Router {

    private final ServingState state;
    private final PredictionIds ids;
    private final Breakers breakers;
    private final Ticker ticker;
    private final MeterRegistry meters;

    @Inject
    Router(ServingState state, PredictionIds ids, Breakers breakers, Ticker ticker, MeterRegistry meters) {
        this.state = state;
        this.ids = ids;
        this.breakers = breakers;
        this.ticker = ticker;
        this.meters = meters;
    }

    /** Finds a deployment that serves now. */
    Deployment find(String name) {
        return find(state.current(), name);
    }

    private static Deployment find(ServingSnapshot snapshot, String name) {
        Deployment deployment = Names.isName(name) ? snapshot.deployment(name) : null;
        if (deployment == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_MODEL, "no model of this name is deployed", "model");
        }
        return deployment;
    }

    static Route pin(Deployment deployment, String version) {
        boolean disclosed = deployment.spec().disclosure() != Disclosure.OPAQUE;
        Route route = disclosed && Names.isName(version) ? deployment.pin(version) : null;
        if (route == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the model has no such version deployed", "version");
        }
        return route;
    }

    /**
     * Routes a request.
     *
     * @throws WeirException when nobody can answer it
     */
    Work route(Admission admission, InferenceRequest request, RecordTags tags, Answer answer) {
        PredictionId id = ids.next();
        // A version may close between the look-up and the retain. The next snapshot then has its successor, unless the
        // server is on its way out, which alone is no reason to refuse what was admitted.
        while (true) {
            ServingSnapshot snapshot = state.current();
            Deployment deployment = find(snapshot, admission.deployment().name());
            Route route = choose(admission, request, tags, id, snapshot, deployment);
            Lane lane = lane(deployment, route);
            if (lane.servable().retain()) {
                return new Work(id, admission, request, tags, answer, snapshot, deployment, route, lane, null);
            }
            if (route.isOnTrial()) {
                breaker(snapshot, deployment, route).end(Breaker.Verdict.NEITHER, ticker.nanos());
            }
            requireMore();
        }
    }

    private Route choose(
            Admission admission,
            InferenceRequest request,
            RecordTags tags,
            PredictionId id,
            ServingSnapshot snapshot,
            Deployment deployment) {
        if (admission.version() != null) {
            return pin(deployment, admission.version());
        }
        TrafficSplit split = deployment.split();
        ModelSignature promise = deployment.promise();
        if (split == null || promise == null) {
            throw notReady();
        }
        if (!split.isDivided()) {
            return split.route();
        }
        Route route = split.route(
                StickyKey.of(deployment.spec().traffic().sticky(), promise, request, tags, admission.caller(), id));
        if (route.reason() == Route.Reason.FALLBACK) {
            count(deployment, route, FallbackReason.NOT_READY);
            return route;
        }
        if (!route.isOnTrial()) {
            return route;
        }
        FallbackReason obstacle = obstacle(admission, snapshot, deployment, route);
        if (obstacle == null) {
            return route;
        }
        count(deployment, route, obstacle);
        return split.fallback(route);
    }

    private @Nullable FallbackReason obstacle(
            Admission admission, ServingSnapshot snapshot, Deployment deployment, Route route) {
        if (deployment.lane(route.variant()) == null) {
            return FallbackReason.NOT_READY;
        }
        long now = ticker.nanos();
        long left = admission.deadlineNanos() - now;
        if (left - reserve(deployment, left) <= 0) {
            return FallbackReason.NO_TIME;
        }
        return breaker(snapshot, deployment, route).admits(now) ? null : FallbackReason.BREAKER;
    }

    /** Returns how much of the time that is left is kept for the primary. */
    static long reserve(Deployment deployment, long leftNanos) {
        Duration reserve = deployment.spec().traffic().reserve();
        return reserve == null ? leftNanos / 4 : reserve.toNanos();
    }

    Breaker breaker(ServingSnapshot snapshot, Deployment deployment, Route route) {
        VersionRef version = route.variant().version();
        return breakers.of(snapshot, deployment, version);
    }

    /** Counts a request that the primary answers for another variant. */
    void count(Deployment deployment, Route route, FallbackReason reason) {
        Assignment.Assigned assigned = route.assigned();
        Meters.FALLBACKS
                .counter(meters, deployment.name(), assigned == null ? "" : assigned.variant(), reason.word())
                .increment();
    }

    /**
     * Returns a request that the primary answers now, after another variant failed.
     *
     * @throws WeirException when it can't
     */
    Work fallback(Work failed) {
        PredictionId id = ids.next();
        while (true) {
            ServingSnapshot snapshot = state.current();
            Deployment deployment = find(snapshot, failed.deployment().name());
            TrafficSplit split = deployment.split();
            if (split == null) {
                throw notReady();
            }
            Route route = split.fallback(failed.route());
            Lane lane = lane(deployment, route);
            if (lane.servable().retain()) {
                return new Work(
                        id,
                        failed.admission(),
                        failed.request(),
                        failed.tags(),
                        failed.answer(),
                        snapshot,
                        deployment,
                        route,
                        lane,
                        null);
            }
            requireMore();
        }
    }

    private static Lane lane(Deployment deployment, Route route) {
        Lane lane = deployment.lane(route.variant());
        if (lane == null) {
            throw notReady();
        }
        return lane;
    }

    private void requireMore() {
        if (state.isDraining()) {
            throw notReady();
        }
    }

    static PredictionFailed notReady() {
        return new PredictionFailed(FailureCode.MODEL_NOT_READY, "the model is deployed, but not ready");
    }
}
