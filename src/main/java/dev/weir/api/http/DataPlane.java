package dev.weir.api.http;

import dev.weir.access.Authenticator;
import dev.weir.api.ApiConfig;
import dev.weir.api.DecodeQueue;
import dev.weir.api.Fingerprint;
import dev.weir.api.KeptAnswers;
import dev.weir.api.Protocol;
import dev.weir.api.RequestMeters;
import dev.weir.api.RequestScope;
import dev.weir.api.Tags;
import dev.weir.failure.WeirException;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.Caller;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.serving.Admission;
import dev.weir.serving.Answer;
import dev.weir.serving.Prediction;
import dev.weir.serving.Predictions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps every HTTP protocol takes around a prediction: begin, identify, admit, collect the body, decode, predict,
 * encode. Runs on the event loop up to the prediction; answers are encoded on the thread that ends it.
 */
@Singleton
public class DataPlane {

    private final Vertx vertx;
    private final DecodeQueue aside;
    private final Authenticator authenticator;
    private final RequestMeters meters;
    private final Predictions predictions;
    private final ByteBudget budget;
    private final KeptAnswers kept;
    private final long maxBody;
    private final long bodyTimeoutMillis;

    /** Collects the stations. */
    @Inject
    public DataPlane(
            Vertx vertx,
            DecodeQueue aside,
            Authenticator authenticator,
            RequestMeters meters,
            Predictions predictions,
            ByteBudget budget,
            KeptAnswers kept,
            ApiConfig limits) {
        this.kept = kept;
        this.vertx = vertx;
        this.aside = aside;
        this.authenticator = authenticator;
        this.meters = meters;
        this.predictions = predictions;
        this.budget = budget;
        this.maxBody = limits.maxBody().asLongValue();
        this.bodyTimeoutMillis = limits.bodyTimeout().toMillis();
    }

    /** Turns a body into a call, or throws what is wrong with it. */
    @FunctionalInterface
    public interface Decoder {
        /** Decodes on the event loop or, if the body is large, on a compute thread; what it takes comes out of the exchange's memory. */
        Call decode(Admission admission, Body body);
    }

    /**
     * A decoded request and the way to answer it.
     *
     * @param request what to run
     * @param encoder writes the answer; what it throws fails the request
     * @param timeout how long the caller waits as the body says, or null
     * @param inferenceIds the caller's own ids of the rows as the body says, or null
     */
    public record Call(
            InferenceRequest request,
            Encoder encoder,
            @Nullable Duration timeout,
            @Nullable List<String> inferenceIds) {}

    /** Turns a prediction into an answer. */
    @FunctionalInterface
    public interface Encoder {
        /** Encodes and answers. */
        void encode(Prediction prediction);
    }

    /**
     * Begins an exchange, runs a step of it, and answers whatever the step throws.
     *
     * @param step gets the exchange and its caller
     */
    public void exchange(HttpServerRequest request, Protocol protocol, Step step) {
        open(
                request,
                protocol,
                exchange ->
                        step.run(exchange, authenticator.authenticate(request.getHeader(HttpHeaders.AUTHORIZATION))));
    }

    /**
     * Begins an exchange that anybody may have, such as a probe, runs a step of it, and answers whatever the step throws.
     *
     * @param step gets the exchange
     */
    public void open(HttpServerRequest request, Protocol protocol, Consumer<HttpExchange> step) {
        PipelineGuard.ensure(request);
        RequestScope scope = meters.begin(protocol, request.getHeader(Headers.TRACEPARENT));
        HttpExchange exchange = new HttpExchange(request, vertx.getOrCreateContext(), scope, new RequestMemory(budget));
        try {
            scope.identify(request.getHeader(Headers.REQUEST_ID), Headers.REQUEST_ID.toString());
            step.accept(exchange);
        } catch (Throwable e) {
            exchange.refuse(e);
        }
    }

    /** A step of an exchange. */
    @FunctionalInterface
    public interface Step {
        /** Runs on the event loop; what it throws refuses the request. */
        void run(HttpExchange exchange, Caller caller);
    }

    /**
     * Collects the body of a request that asks for no prediction.
     *
     * @param limit the most bytes it may have
     * @param whole gets it on the event loop; what it throws refuses the request
     */
    public void collect(HttpExchange exchange, long limit, Consumer<Body> whole) {
        exchange.watch();
        BodyCollector.collect(
                vertx, exchange, Math.min(limit, maxBody), bodyTimeoutMillis, () -> bodyTimeoutMillis + 1, whole);
    }

    /**
     * Admits a request, collects its body, and runs what the decoder makes of it.
     *
     * @param version the version the caller pins, or null
     */
    public void predict(
            HttpExchange exchange, Caller caller, String deployment, @Nullable String version, Decoder decoder) {
        Admission admission = predictions.admit(deployment, version, caller, exchange.timeout());
        exchange.scope().deployment(admission.deployment().name());
        exchange.watch();
        BodyCollector.collect(
                vertx, exchange, maxBody, bodyTimeoutMillis, () -> predictions.millisLeft(admission), body -> {
                    if (DecodeQueue.isFor(body.length())) {
                        aside.submit(
                                exchange,
                                predictions.millisLeft(admission),
                                () -> decode(exchange, admission, body, decoder));
                    } else {
                        decode(exchange, admission, body, decoder);
                    }
                });
    }

    /** Answers a request that was answered before, and takes note of one that may come again. */
    private boolean isReplayed(HttpExchange exchange, Caller caller, Body body) {
        HttpServerRequest request = exchange.request();
        String key = request.getHeader(Headers.IDEMPOTENCY_KEY);
        if (key == null) {
            return false;
        }
        KeptAnswers.Begun begun =
                kept.begin(caller, key, Fingerprint.of(request, body.bytes(), body.offset(), body.length()));
        if (begun.answer() != null) {
            exchange.replay(begun.answer());
            return true;
        }
        if (begun.turn() != null) {
            exchange.turn(begun.turn());
        }
        return false;
    }

    private void decode(HttpExchange exchange, Admission admission, Body body, Decoder decoder) {
        predictions.requireTime(admission);
        if (isReplayed(exchange, admission.caller(), body)) {
            return;
        }
        Call call = decoder.decode(admission, body);
        Duration timeout = call.timeout();
        Admission timed = timeout == null ? admission : predictions.within(admission, timeout);
        RecordTags tags = Tags.of(
                exchange.request(),
                exchange.scope().trace(),
                admission.deployment().spec(),
                call.inferenceIds(),
                call.request().rows());
        if (exchange.isAnswered()) {
            exchange.memory().close();
            return;
        }
        // Takes the memory over, so nothing that fails from here on may close it.
        exchange.working(predictions.predict(timed, call.request(), tags, new Answer() {
            @Override
            public void routed(PredictionId id, Route route) {
                exchange.scope().routed(id, route);
            }

            @Override
            public void succeeded(Prediction prediction) {
                try {
                    call.encoder().encode(prediction);
                } catch (Throwable e) {
                    exchange.fail(RequestScope.failure(e), prediction.id());
                }
            }

            @Override
            public void failed(WeirException failure, @Nullable PredictionId id) {
                exchange.fail(failure, id);
            }
        }));
    }
}
