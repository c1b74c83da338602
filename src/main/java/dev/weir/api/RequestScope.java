package dev.weir.api;

import com.github.f4b6a3.uuid.alt.GUID;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One request at an edge, from its headers to its answer: its id, its trace, and its single end, which is counted and
 * logged here for every protocol. Who ends it also calls {@link #left} when the answer is out.
 *
 * <p>Filled on the edge's thread, ended on any thread.
 */
public final class RequestScope {

    private static final Log LOG = Log.of(RequestScope.class);
    private static final String UNKNOWN = "_unknown";

    private final RequestMeters meters;
    private final Protocol protocol;
    private final @Nullable TraceContext trace;
    private final long begunNanos;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean left = new AtomicBoolean();
    private volatile RequestId id;
    private volatile String deployment = UNKNOWN;
    private volatile @Nullable Routed routed;

    /** Where a request went. */
    private record Routed(PredictionId id, Variant variant) {}

    RequestScope(RequestMeters meters, Protocol protocol, @Nullable TraceContext trace, long begunNanos) {
        this.meters = meters;
        this.protocol = protocol;
        this.trace = trace;
        this.begunNanos = begunNanos;
        this.id = new RequestId(GUID.v7().toString());
    }

    /** Returns the trace the request came with, or null. */
    public @Nullable TraceContext trace() {
        return trace;
    }

    /** Returns the request's id: the caller's once it is known, ours before. */
    public RequestId id() {
        return id;
    }

    /**
     * Takes the caller's id.
     *
     * @param field where it stands, to blame it
     * @throws RequestRejected when it is hostile; ours stays
     */
    public void identify(@Nullable String callersId, String field) {
        if (callersId != null) {
            try {
                id = new RequestId(callersId);
            } catch (RequestRejected e) {
                throw new RequestRejected(e.code(), e.publicMessage(), field, e.limit());
            }
        }
    }

    /** Names the deployment, once it is known to exist: unknown names never become labels. */
    public void deployment(String name) {
        deployment = name;
    }

    /** Names the attempt and who makes it, for the log. */
    public void routed(PredictionId attempt, Route route) {
        routed = new Routed(attempt, route.variant());
    }

    /** Counts the request as answered; only the first end counts. */
    public void succeeded() {
        if (ended.compareAndSet(false, true)) {
            meters.ended(deployment, protocol, RequestMeters.Result.OK, begunNanos);
        }
    }

    /** Counts and logs the request as failed; only the first end counts. */
    public void failed(WeirException failure) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        RequestMeters.Result result = RequestMeters.Result.of(failure.code());
        meters.ended(deployment, protocol, result, begunNanos);
        meters.refused(failure.code(), result);
        Routed to = routed;
        VersionRef version = to == null ? null : to.variant().version();
        line(failure, result)
                .with(LogKey.REQUEST_ID, id)
                .with(LogKey.PREDICTION_ID, to == null ? null : to.id())
                .with(LogKey.TRACE_ID, trace == null ? null : trace.traceId())
                .with(LogKey.SPAN_ID, trace == null ? null : trace.parentId())
                .with(LogKey.DEPLOYMENT, deployment)
                .with(LogKey.MODEL, version == null ? null : version.model())
                .with(LogKey.VERSION, version == null ? null : version.version())
                .with(LogKey.VARIANT, to == null ? null : to.variant().name())
                .with(LogKey.CODE, failure.code())
                .with(LogKey.FIELD, failure instanceof RequestRejected rejected ? rejected.field() : null)
                .write();
    }

    /**
     * Takes the request out of those in flight: its answer is written, or will never be. Apart from its end, because a
     * shutdown waits until the callers have their answers.
     */
    public void left() {
        if (left.compareAndSet(false, true)) {
            meters.left();
        }
    }

    private Log.Line line(WeirException failure, RequestMeters.Result result) {
        return switch (result) {
            case ERROR -> LOG.error("request failed").cause(failure.getCause());
            case OVERLOADED, UNAVAILABLE, TIMEOUT -> {
                long count = meters.logged(failure.code());
                yield count == 0
                        ? LOG.debug("request not served")
                        : LOG.warn("request not served").with(LogKey.COUNT, count);
            }
            case REFUSED, CANCELLED, OK -> LOG.debug("request refused");
        };
    }

    /** Turns anything thrown into a coded failure; what is not ours is a fault of the server, and logged as one. */
    public static WeirException failure(Throwable thrown) {
        return thrown instanceof WeirException known
                ? known
                : new PredictionFailed(FailureCode.INTERNAL_ERROR, "the server failed on this request", thrown);
    }
}
