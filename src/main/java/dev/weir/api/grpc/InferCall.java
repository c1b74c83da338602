package dev.weir.api.grpc;

import dev.weir.api.ApiConfig;
import dev.weir.api.Parameters;
import dev.weir.api.RequestScope;
import dev.weir.api.http.Headers;
import dev.weir.api.http.PredictionHeaders;
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
import dev.weir.routing.Route;
import dev.weir.serving.Admission;
import dev.weir.serving.Answer;
import dev.weir.serving.Prediction;
import dev.weir.serving.Predictions;
import inference.wire.ModelInferResponse;
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
    private final Ticker ticker;
    private final ApiConfig limits;

    @Inject
    InferCall(Predictions predictions, Ticker ticker, ApiConfig limits) {
        this.predictions = predictions;
        this.ticker = ticker;
        this.limits = limits;
    }

    /**
     * Runs a request and answers it, now or later.
     *
     * @param message the request's message; its bytes are reserved in the call's memory
     * @param begunNanos the monotonic time of the call's first sign; gRPC's deadline counts from there
     * @throws RequestRejected when the request is wrong; the call's memory is then still the caller's
     */
    void run(GrpcCall call, Caller caller, byte[] message, long begunNanos) {
        InferRequest request = InferRequestReader.read(message, limits, call.memory());
        identify(call, request.id());
        Admission admission = admit(call, caller, request, begunNanos);
        List<Tensor> inputs = InferTensors.decode(request, call.memory(), limits);
        int rows = SignatureCheck.rows(admission.promise(), inputs);
        SignatureCheck.requireOutputs(admission.promise(), request.outputs());
        InferenceRequest core = new InferenceRequest(call.scope().id(), inputs, request.outputs(), rows, call.memory());
        boolean raw = request.isRaw();
        String id = request.id().isEmpty() ? call.scope().id().value() : request.id();
        call.running(predictions.predict(admission, core, new Answer() {
            @Override
            public void routed(PredictionId attempt, Route route) {
                call.scope().routed(attempt, route);
            }

            @Override
            public void succeeded(Prediction prediction) {
                try {
                    ModelInferResponse response = InferResponses.encode(prediction, id, raw);
                    call.succeed(response, headers -> PredictionHeaders.write(headers, prediction));
                } catch (RuntimeException e) {
                    call.fail(RequestScope.failure(e), prediction.id());
                }
            }

            @Override
            public void failed(WeirException failure, @Nullable PredictionId attempt) {
                call.fail(failure, attempt);
            }
        }));
    }

    /** Takes the message's id for the request's, unless the headers already told one; checks it either way. */
    private static void identify(GrpcCall call, String id) {
        if (id.isEmpty()) {
            return;
        }
        if (call.request().getHeader(Headers.REQUEST_ID) == null) {
            call.scope().identify(id, "id");
        } else {
            Names.requireId(id, "id");
        }
    }

    private Admission admit(GrpcCall call, Caller caller, InferRequest request, long begunNanos) {
        String version = request.version().isEmpty() ? null : request.version();
        Admission admission = predictions.admit(request.model(), version, caller, headerTimeout(call));
        call.scope().deployment(admission.deployment().name());
        Duration parameter = Parameters.timeout(request.parameters(), "parameters");
        if (parameter != null) {
            admission = predictions.within(admission, parameter);
        }
        Duration deadline = GrpcHeaders.timeout(call.request());
        if (deadline != null) {
            admission = predictions.within(admission, deadline.minusNanos(ticker.nanos() - begunNanos));
        }
        return admission;
    }

    private static @Nullable Duration headerTimeout(GrpcCall call) {
        String text = call.request().getHeader(Headers.TIMEOUT_MS);
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
