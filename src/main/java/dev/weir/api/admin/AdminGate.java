package dev.weir.api.admin;

import com.github.f4b6a3.uuid.alt.GUID;
import dev.weir.access.Authenticator;
import dev.weir.api.ApiConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.RequestId;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/** Stands before every operation: switch, request id, caller, role. */
class AdminGate {

    static final String REQUEST_ID = "X-Request-Id";

    /** The request's property that holds its {@link Caller}. */
    static final String CALLER = "weir.caller";

    /**
     * Who may do what, where it is not the operator; the first that fits. What reads payloads or takes in outcomes asks for
     * its role itself once more, so that no way of writing a path leads around it.
     */
    private static final List<Rule> RULES = List.of(
            // Whoever hands over models, or reads what was predicted, need not be one who may change traffic.
            new Rule("POST", "/api/v1/models/[^/]+/versions/?", CallerRole.REGISTER),
            new Rule("POST", "/api/v1/outcomes/?", CallerRole.OUTCOME),
            new Rule(".*", "/api/v1/(predictions|audit)(/.*)?", CallerRole.AUDIT));

    private record Rule(Pattern method, Pattern path, CallerRole role) {
        Rule(String method, String path, CallerRole role) {
            this(Pattern.compile(method), Pattern.compile(path), role);
        }

        boolean fits(ContainerRequestContext request) {
            return method.matcher(request.getMethod()).matches()
                    && path.matcher(request.getUriInfo().getPath()).matches();
        }
    }

    private final Authenticator authenticator;
    private final boolean enabled;

    @Inject
    AdminGate(Authenticator authenticator, ApiConfig config) {
        this.authenticator = authenticator;
        this.enabled = config.adminEnabled();
    }

    @ServerRequestFilter(preMatching = true)
    void admit(ContainerRequestContext request) {
        request.setProperty(REQUEST_ID, GUID.v7().toString());
        String given = request.getHeaderString(REQUEST_ID);
        if (given != null) {
            request.setProperty(REQUEST_ID, new RequestId(given).value());
        }
        if (!enabled) {
            throw new RequestRejected(FailureCode.NOT_FOUND, "nothing lives at this path");
        }
        Caller caller = authenticator.authenticate(request.getHeaderString(HttpHeaders.AUTHORIZATION));
        request.setProperty(CALLER, caller);
        require(request, role(request));
    }

    /**
     * Requires a role of the caller who was let in.
     *
     * @throws RequestRejected when the caller has not this role
     */
    static void require(ContainerRequestContext request, CallerRole role) {
        if (!(request.getProperty(CALLER) instanceof Caller caller) || !caller.may(role)) {
            throw new RequestRejected(
                    FailureCode.FORBIDDEN, "this needs role " + role.name().toLowerCase(Locale.ROOT));
        }
    }

    private static CallerRole role(ContainerRequestContext request) {
        for (Rule rule : RULES) {
            if (rule.fits(request)) {
                return rule.role();
            }
        }
        return CallerRole.OPERATE;
    }

    @ServerResponseFilter
    void name(ContainerRequestContext request, ContainerResponseContext response) {
        @Nullable Object id = request.getProperty(REQUEST_ID);
        if (id != null) {
            response.getHeaders().putSingle(REQUEST_ID, id);
        }
    }
}
