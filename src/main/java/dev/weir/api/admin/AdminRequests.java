package dev.weir.api.admin;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import jakarta.ws.rs.container.ContainerRequestContext;
import org.jspecify.annotations.Nullable;

/** What every operation under {@code /api/v1} reads of its request. */
public final class AdminRequests {

    private AdminRequests() {}

    /** Returns the caller's id, for histories and logs. */
    public static String actor(ContainerRequestContext request) {
        return request.getProperty(AdminGate.CALLER) instanceof Caller caller ? caller.id() : "unknown";
    }

    /**
     * Returns the caller, who has a role.
     *
     * @throws RequestRejected when the caller has not this role
     */
    public static Caller caller(ContainerRequestContext request, CallerRole role) {
        AdminGate.require(request, role);
        if (request.getProperty(AdminGate.CALLER) instanceof Caller caller) {
            return caller;
        }
        throw new AssertionError("whoever has a role is somebody");
    }

    /** Returns the request's id. */
    public static String requestId(ContainerRequestContext request) {
        return String.valueOf(request.getProperty(AdminGate.REQUEST_ID));
    }

    /**
     * Returns a value that must be there.
     *
     * @throws RequestRejected when it is not
     */
    public static String require(@Nullable String value, String field) {
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
