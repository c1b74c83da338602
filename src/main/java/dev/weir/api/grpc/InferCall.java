package dev.weir.api.grpc;

import dev.weir.api.ApiConfig;
import dev.weir.api.Fingerprint;
import dev.weir.api.KeptAnswers;
import dev.weir.api.Parameters;
import dev.weir.api.RequestScope;
import dev.weir.api.Tags;
import dev.weir.api.http.Headers;
import dev.weir.api.http.PredictionHeaders;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Caller;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.Names;
import dev.weir.inference.PredictionId;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import dev.weir.inference.Ticker;
import dev.weir.predictionlog.RecordTags;
import dev.weir.routing.Route;
import dev.weir.serving.Admission;
import dev.weir.serving.Answer;
import dev.weir.serving.Prediction;
import dev.weir.serving.Predictions;
import inference.wire.ModelInferResponse;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The call that asks for a prediction. Thread-safe; never blocks. */
@Singleton
class InferCall {

    static final String PATH = "/inference.GRPCInferenceService/ModelInfer";

    private static final int MAX_MILLIS_DIGITS = 18;

    private final Predictions predictions;
    private final KeptAnswers kept;
    private final Ticker ticker;
    private final ApiConfig limits;
    private final Duration maxTimeout;

    @Inject
    InferCall(
            Predictions predictions, KeptAnswers kept, Ticker ticker, ApiConfig limits, DeploymentConfig deployments) {
        this.predictions = predictions;
        this.kept = kept;
        this.ticker = ticker;
        this.limits = limits;
        this.maxTimeout = deployments.maxTimeout();
    }

    /**
     * Returns the monotonic time up to which a call is worth decoding, as far as its headers tell. The message names the
     * deployment, and may shorten it.
     *
     * @throws RequestRejected when a header can't be read
     */
    long deadlineNanos(HttpServerRequest request, long begunNanos) {
        Duration patience = shorter(shorter(maxTimeout, headerTimeout(request)), GrpcHeaders.timeout(request));
        return begunNanos + patience.toNanos();
    }

    private static Duration shorter(Duration one, @Nullable Duration other) {
        return other != null && other.isPositive() && other.compareTo(one) < 0 ? other : one;
    }

    /**
     * Runs a request and answers it, now or later.
     *
     * @param message the request's message; its bytes are reserved in the call's memory
     * @param begunNanos the monotonic time of the call's first sign; deadlines in its headers count from there
     * @throws RequestRejected when the request is wrong; the call's memory is then still the caller's
     */
    void run(GrpcCall call, Caller caller, byte[] message, long begunNanos) {
        InferRequestReader.Head head = InferRequestReader.head(message);
        RequestRejected badId = identify(call, head.id());
        Admission admitted = admit(call, caller, head);
        if (badId != null) {
            throw badId;
        }
        InferRequest request = InferRequestReader.read(message, limits, call.memory());
        Admission admission = within(admitted, call, request, begunNanos);
        predictions.requireTime(admission);
        if (isReplayed(call, caller, message)) {
            return;
        }
        List<Tensor> inputs = InferTensors.decode(request, call.memory(), limits);
        int rows =
                SignatureCheck.rows(admission.promise(), admission.deployment().textRule(), inputs);
        SignatureCheck.requireOutputs(admission.promise(), request.outputs());
        InferenceRequest core = new InferenceRequest(call.scope().id(), inputs, request.outputs(), rows, call.memory());
        RecordTags tags = Tags.of(
                call.request(),
                call.scope().trace(),
                admission.deployment().spec(),
                Parameters.inferenceIds(request.parameters(), "parameters"),
                rows);
        boolean raw = request.isRaw();
        if (call.isAnswered()) {
            call.memory().close();
            return;
        }
        String id = request.id().isEmpty() ? call.scope().id().value() : request.id();
        call.working(predictions.predict(admission, core, tags, new Answer() {
            @Override
            public void routed(PredictionId attempt, Route route) {
                call.scope().routed(attempt, route);
            }

            @Override
            public void succeeded(Prediction prediction) {
                try {
                    ModelInferResponse response = InferResponses.encode(prediction, id, raw);
                    call.succeed(response, headers -> PredictionHeaders.write(headers, prediction));
                } catch (Throwable e) {
                    call.fail(RequestScope.failure(e), prediction.id());
                }
            }

            @Override
            public void failed(WeirException failure, @Nullable PredictionId attempt) {
                call.fail(failure, attempt);
            }
        }));
    }

    /** Answers a call that was answered before, and takes note of one that may come again. */
    private boolean isReplayed(GrpcCall call, Caller caller, byte[] message) {
        String key = call.request().getHeader(Headers.IDEMPOTENCY_KEY);
        if (key == null) {
            return false;
        }
        KeptAnswers.Begun begun = kept.begin(caller, key, Fingerprint.of(call.request(), message, 0, message.length));
        if (begun.answer() != null) {
            call.replay(begun.answer());
            return true;
        }
        if (begun.turn() != null) {
            call.turn(begun.turn());
        }
        return false;
    }

    /**
     * Takes the message's id for the request's, unless the headers already told one; checks it either way. What is wrong
     * with it is returned, because that there is no such model is more to the point.
     */
    private static @Nullable RequestRejected identify(GrpcCall call, String id) {
        try {
            if (!id.isEmpty() && call.request().getHeader(Headers.REQUEST_ID) == null) {
                call.scope().identify(id, "id");
            } else if (!id.isEmpty()) {
                Names.requireId(id, "id");
            }
            return null;
        } catch (RequestRejected e) {
            return e;
        }
    }

    private Admission admit(GrpcCall call, Caller caller, InferRequestReader.Head head) {
        String version = head.version().isEmpty() ? null : head.version();
        Admission admission = predictions.admit(head.model(), version, caller, headerTimeout(call.request()));
        call.scope().deployment(admission.deployment().name());
        return admission;
    }

    private Admission within(Admission admitted, GrpcCall call, InferRequest request, long begunNanos) {
        long waited = ticker.nanos() - begunNanos;
        Admission admission =
                predictions.within(admitted, Duration.ofNanos(admitted.deadlineNanos() - ticker.nanos() - waited));
        Duration parameter = Parameters.timeout(request.parameters(), "parameters");
        if (parameter != null) {
            admission = predictions.within(admission, parameter);
        }
        Duration deadline = GrpcHeaders.timeout(call.request());
        if (deadline != null) {
            admission = predictions.within(admission, deadline.minusNanos(waited));
        }
        return admission;
    }

    private static @Nullable Duration headerTimeout(HttpServerRequest request) {
        String text = request.getHeader(Headers.TIMEOUT_MS);
        if (text == null) {
            return null;
        }
        if (text.isEmpty() || text.length() > MAX_MILLIS_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new RequestRejected(
                    FailureCode.INVALID_HEADER, "the header must be a number", Headers.TIMEOUT_MS.toString());
        }
        return Duration.ofMillis(Long.parseLong(text));
    }
}
