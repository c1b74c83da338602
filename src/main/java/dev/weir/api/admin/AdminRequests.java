package dev.weir.api.admin;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import jakarta.ws.rs.container.ContainerRequestContext;
import org.jspecify.annotations.Nullable;

/** What every operation reads of its request. */
final class AdminRequests {

    private AdminRequests() {}

    /** Returns the caller's id, for histories and logs. */
    static String actor(ContainerRequestContext request) {
        return request.getProperty(AdminGate.CALLER) instanceof Caller caller ? caller.id() : "unknown";
    }

    /**
     * Returns a value that must be there.
     *
     * @throws RequestRejected when it is not
     */
    static String require(@Nullable String value, String field) {
        if (value == null) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the request has no " + field, field);
        }
        return value;
    }

    /**
     * Returns the body, which must be there.
     *
     * @throws RequestRejected when there is none
     */
    static <T> T body(@Nullable T body) {
        if (body == null) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the request has no body", "body");
        }
        return body;
    }
}
