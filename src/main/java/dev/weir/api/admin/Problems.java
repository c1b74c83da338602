package dev.weir.api.admin;

import dev.weir.api.RequestScope;
import dev.weir.api.StatusTable;
import dev.weir.api.TraceContext;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Locale;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Turns failures of operations into problem details (RFC 9457). */
class Problems {

    private static final Log LOG = Log.of(Problems.class);

    /**
     * A problem, as RFC 9457 has it, with Weir's code.
     *
     * @param type a URI that names the kind of problem
     * @param title the kind of problem in words
     * @param status the HTTP status
     * @param detail this problem in words
     * @param code the stable code
     * @param field what is wrong in the request, when it is one thing
     * @param limit the largest accepted value, when one is passed
     * @param request_id the request's id
     */
    record Problem(
            String type,
            String title,
            int status,
            String detail,
            String code,
            @Nullable String field,
            @Nullable Long limit,
            @Nullable Object request_id) {}

    @ServerExceptionMapper
    RestResponse<Problem> map(WeirException failure, ContainerRequestContext request) {
        int status = StatusTable.http(failure.code());
        if (status >= 500 && !(failure instanceof Overloaded)) {
            TraceContext trace = TraceContext.parse(request.getHeaderString("traceparent"));
            LOG.error("operation failed")
                    .with(LogKey.REQUEST_ID, request.getProperty(AdminGate.REQUEST_ID))
                    .with(LogKey.TRACE_ID, trace == null ? null : trace.traceId())
                    .with(LogKey.SPAN_ID, trace == null ? null : trace.parentId())
                    .with(LogKey.CODE, failure.code())
                    .cause(failure.getCause())
                    .write();
        }
        String title = failure.code().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        Problem problem = new Problem(
                "urn:weir:problem:" + failure.code().name(),
                title,
                status,
                failure.publicMessage(),
                failure.code().name(),
                failure instanceof RequestRejected rejected ? rejected.field() : null,
                failure instanceof RequestRejected rejected ? rejected.limit() : null,
                request.getProperty(AdminGate.REQUEST_ID));
        RestResponse.ResponseBuilder<Problem> response = RestResponse.ResponseBuilder.create(status);
        response.entity(problem).header("Content-Type", "application/problem+json");
        if (failure instanceof Overloaded overloaded) {
            response.header(
                    HttpHeaders.RETRY_AFTER, Math.max(1, overloaded.retryAfter().toSeconds()));
        }
        return response.build();
    }

    @ServerExceptionMapper
    RestResponse<Problem> map(WebApplicationException failure, ContainerRequestContext request) {
        Response.StatusType status = failure.getResponse().getStatusInfo();
        FailureCode code =
                switch (status.getStatusCode()) {
                    case 404 -> FailureCode.NOT_FOUND;
                    case 405 -> FailureCode.METHOD_NOT_ALLOWED;
                    case 413 -> FailureCode.BODY_TOO_LARGE;
                    case 406 -> FailureCode.NOT_ACCEPTABLE;
                    case 415 -> FailureCode.UNSUPPORTED_MEDIA_TYPE;
                    default -> FailureCode.UNSUPPORTED_REQUEST;
                };
        RestResponse<Problem> response = map(new RequestRejected(code, status.getReasonPhrase()), request);
        List<Object> allowed = failure.getResponse().getHeaders().get(HttpHeaders.ALLOW);
        if (allowed != null) {
            response.getHeaders().put(HttpHeaders.ALLOW, allowed);
        }
        return response;
    }

    @ServerExceptionMapper
    RestResponse<Problem> map(RuntimeException failure, ContainerRequestContext request) {
        return map(RequestScope.failure(failure), request);
    }
}
