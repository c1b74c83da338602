package dev.weir.api.audit;

import dev.weir.api.admin.AdminRequests;
import dev.weir.audit.AuditAction;
import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import dev.weir.audit.AuditQuery;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.CallerRole;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Who read what. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "predictions", description = "What is on record")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class AuditResource {

    private static final int LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final Set<String> KNOWN = Set.of("from", "to", "actor", "action", "order", "cursor", "limit");

    /**
     * Something that somebody did.
     *
     * @param number its number
     * @param time when it began
     * @param actor who
     * @param action what
     * @param target to what
     * @param deployment the deployment it was about
     * @param request_id the request that asked for it
     * @param reason why
     * @param ended when it ended
     * @param count how many things were touched
     * @param whole whether it came to its end
     */
    @Schema(
            name = "AuditEvent",
            requiredProperties = {"number", "time", "actor", "action", "target", "request_id"})
    record EventView(
            long number,

            @Schema(description = "When it began") Instant time,

            @Schema(description = "The id of who did it") String actor,

            @Schema(description = "What was done, a word such as prediction.read")
            String action,

            @Schema(description = "To what: an id, or what a search asked for")
            String target,

            @Schema(description = "The deployment it was about, when it was one") @Nullable
            String deployment,

            @Schema(description = "The request that asked for it")
            String request_id,

            @Schema(description = "Why, as the actor said") @Nullable
            String reason,

            @Schema(description = "When it ended; absent while it goes on, and for ever when the server ended first")
            @Nullable
            Instant ended,

            @Schema(description = "How many things were touched, such as records shown") @Nullable
            Long count,

            @Schema(description = "Whether it came to its end; false when it broke off or whoever asked left") @Nullable
            Boolean whole) {

        static EventView of(AuditEvent event) {
            AuditEvent.Deed deed = event.deed();
            AuditEvent.Ending ending = event.ending();
            return new EventView(
                    event.number(),
                    event.time(),
                    deed.actor(),
                    deed.action(),
                    deed.target(),
                    deed.deployment(),
                    deed.requestId(),
                    deed.reason(),
                    ending == null ? null : ending.time(),
                    ending == null ? null : ending.count(),
                    ending == null ? null : ending.whole());
        }
    }

    /**
     * Events.
     *
     * @param events the events
     * @param next where to go on
     */
    @Schema(name = "AuditEvents", requiredProperties = "events")
    record EventList(
            List<EventView> events,

            @Schema(description = "The cursor of the next answer; absent when nothing follows") @Nullable
            String next) {}

    private final AuditLog audit;

    @Inject
    AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    /** Events. */
    @GET
    @Path("/events")
    @Operation(operationId = "listAuditEvents", summary = "Who read which payloads; needs role audit")
    public EventList events(
            @Parameter(description = "Events that began then or later", schema = @Schema(format = "date-time"))
                    @QueryParam("from")
                    @Nullable
                    String from,
            @Parameter(description = "Events that began before", schema = @Schema(format = "date-time"))
                    @QueryParam("to")
                    @Nullable
                    String to,
            @Parameter(description = "The id of who did it") @QueryParam("actor") @Nullable String actor,
            @Parameter(description = "What was done, a word such as prediction.read") @QueryParam("action") @Nullable
                    String action,
            @Parameter(
                            description = "Which come first",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"oldest", "newest"},
                                            defaultValue = "newest"))
                    @QueryParam("order")
                    @Nullable
                    String order,
            @Parameter(description = "next of the answer before") @QueryParam("cursor") @Nullable String cursor,
            @Parameter(
                            description = "The most events",
                            schema =
                                    @Schema(
                                            type = SchemaType.INTEGER,
                                            minimum = "1",
                                            maximum = "1000",
                                            defaultValue = "100"))
                    @QueryParam("limit")
                    @Nullable
                    String limit,
            @Context UriInfo uri,
            @Context ContainerRequestContext request) {
        AdminRequests.caller(request, CallerRole.AUDIT);
        Queries.requireKnown(uri, KNOWN);
        AuditQuery query = new AuditQuery(
                Queries.time(from, "from"),
                Queries.time(to, "to"),
                actor,
                Queries.word(action, "action", AuditAction.values(), AuditAction::word),
                Queries.newestFirst(order, true));
        int most = Queries.limit(limit, LIMIT, MAX_LIMIT);
        List<AuditEvent> found = audit.search(query, cursor == null ? null : number(cursor), most + 1);
        boolean more = found.size() > most;
        List<AuditEvent> shown = more ? found.subList(0, most) : found;
        return new EventList(
                shown.stream().map(EventView::of).toList(),
                more ? Long.toString(shown.getLast().number()) : null);
    }

    private static long number(String cursor) {
        try {
            return Long.parseUnsignedLong(cursor);
        } catch (NumberFormatException e) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "cursor is next of another answer", "cursor");
        }
    }
}
