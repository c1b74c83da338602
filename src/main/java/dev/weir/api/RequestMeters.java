package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.inference.Ticker;
import dev.weir.serving.InFlight;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Counts what callers saw. Thread-safe. */
@Singleton
public class RequestMeters {

    /** How a request ended, for its caller. */
    enum Result {
        /** Answered. */
        OK,
        /** Refused for what it was. */
        REFUSED,
        /** Refused for lack of room. */
        OVERLOADED,
        /** The model was not ready. */
        UNAVAILABLE,
        /** The deadline passed. */
        TIMEOUT,
        /** The caller went away. */
        CANCELLED,
        /** The server or the model failed. */
        ERROR;

        static Result of(FailureCode code) {
            return switch (code) {
                case QUEUE_FULL, BYTE_BUDGET_EXHAUSTED, LOG_FULL, SHUTTING_DOWN -> OVERLOADED;
                case LOG_UNAVAILABLE, MODEL_NOT_READY -> UNAVAILABLE;
                case DEADLINE_EXCEEDED -> TIMEOUT;
                case CANCELLED -> CANCELLED;
                default -> StatusTable.http(code) < 500 ? REFUSED : ERROR;
            };
        }
    }

    private record Key(String deployment, Protocol protocol, Result result) {}

    private record Handles(Counter requests, Timer duration) {}

    private final MeterRegistry meters;
    private final Ticker ticker;
    private final InFlight inFlight;
    private final LogThrottle throttle;
    private final Map<Key, Handles> handles = new ConcurrentHashMap<>();

    /** Uses a meter registry. */
    @Inject
    public RequestMeters(MeterRegistry meters, Ticker ticker, InFlight inFlight) {
        this.meters = meters;
        this.ticker = ticker;
        this.inFlight = inFlight;
        this.throttle = new LogThrottle(ticker);
    }

    /** Begins a request. */
    public RequestScope begin(Protocol protocol, @Nullable String traceparent) {
        inFlight.enter();
        return new RequestScope(this, protocol, TraceContext.parse(traceparent), ticker.nanos());
    }

    void ended(String deployment, Protocol protocol, Result result, long begunNanos) {
        Key key = new Key(deployment, protocol, result);
        Handles handle = handles.get(key);
        if (handle == null) {
            handle = handles.computeIfAbsent(
                    key,
                    k -> new Handles(
                            Meters.REQUESTS.counter(
                                    meters,
                                    k.deployment(),
                                    k.protocol().word(),
                                    k.result().name().toLowerCase(Locale.ROOT)),
                            Meters.REQUEST_DURATION.timer(
                                    meters, k.deployment(), k.protocol().word())));
        }
        handle.requests().increment();
        handle.duration().record(ticker.nanos() - begunNanos, TimeUnit.NANOSECONDS);
    }

    void left() {
        inFlight.leave();
    }

    /** Returns how many failures of this code a log line stands for, or 0 if there shall be none. */
    long logged(FailureCode code) {
        return throttle.pass(code);
    }

    void refused(FailureCode code, Result result) {
        String word = code.name().toLowerCase(Locale.ROOT);
        switch (result) {
            case REFUSED -> Meters.INPUT_VIOLATIONS.counter(meters, word).increment();
            case OVERLOADED -> Meters.REJECTED.counter(meters, word).increment();
            case OK, UNAVAILABLE, TIMEOUT, CANCELLED, ERROR -> {}
        }
    }
}
