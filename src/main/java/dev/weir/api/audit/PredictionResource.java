package dev.weir.api.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.api.JsonBodies;
import dev.weir.api.admin.AdminRequests;
import dev.weir.audit.AuditAction;
import dev.weir.audit.AuditEvent.Deed;
import dev.weir.audit.AuditLog;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Names;
import dev.weir.outcome.Outcome;
import dev.weir.outcome.Outcomes;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.StoredEntry;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.core.Variant;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What is on record of predictions. That somebody reads payloads is put on record itself, before they are shown. */
@Path("/api/v1/predictions")
@Tag(name = "predictions", description = "What is on record")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class PredictionResource {

    /** One document to a line. */
    static final String LINES = "application/x-ndjson";

    private static final MediaType LINES_TYPE = MediaType.valueOf(LINES);
    private static final int LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_NAMED = 100;

    private final LogReader log;
    private final Outcomes outcomes;
    private final AuditLog audit;
    private final RecordStream stream;
    private final WriteDeadlines deadlines;
    private final JsonBodies bodies;

    @Inject
    PredictionResource(
            LogReader log,
            Outcomes outcomes,
            AuditLog audit,
            RecordStream stream,
            WriteDeadlines deadlines,
            JsonBodies bodies) {
        this.log = log;
        this.outcomes = outcomes;
        this.audit = audit;
        this.stream = stream;
        this.deadlines = deadlines;
        this.bodies = bodies;
    }

    /** The record of one attempt. */
    @GET
    @Path("/{id}")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(operationId = "getPrediction", summary = "The record of a prediction; needs role audit")
    @APIResponse(
            responseCode = "200",
            description = "The record.",
            content = @Content(schema = @Schema(ref = "PredictionRecord")))
    @APIResponse(responseCode = "404", ref = "Problem404")
    public byte[] get(
            @Parameter(description = "The prediction's id, or one with :<row> behind it, which is then marked")
                    @PathParam("id")
                    String id,
            @Parameter(
                            description = "Whether inputs and outputs are shown",
                            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "true"))
                    @QueryParam("payload")
                    @Nullable
                    String payload,
            @Parameter(
                            description = "Whether what was reported later is shown",
                            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
                    @QueryParam("outcomes")
                    @Nullable
                    String withOutcomes,
            @Parameter(description = "Why, in up to 500 characters; kept with the record of the reading")
                    @QueryParam("reason")
                    @Nullable
                    String reason,
            @Context UriInfo uri,
            @Context ContainerRequestContext request)
            throws IOException {
        Caller caller = AdminRequests.caller(request, CallerRole.AUDIT);
        Queries.requireKnown(uri, Set.of("payload", "outcomes", "reason"));
        PredictionName name = PredictionName.parse(id, "id");
        boolean shown = Queries.flag(payload, "payload", true);
        boolean joined = Queries.flag(withOutcomes, "outcomes", false);
        String why = Queries.reason(reason);
        StoredEntry entry = log.find(name.id());
        if (entry == null
                || !(entry.entry() instanceof PredictionRecord record)
                || (name.row() != null && name.row() >= record.rows())) {
            throw unknown();
        }
        RecordJson.Members more = joined
                ? json -> OutcomesJson.write(json, about(name, record, outcomes.of(record)))
                : RecordJson.Members.NONE;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = bodies.generator(out)) {
            RecordJson.write(json, entry, new RecordJson.Shown(shown, name.row(), more));
        }
        if (shown || joined) {
            AuditAction action = shown ? AuditAction.PREDICTION_READ : AuditAction.OUTCOME_READ;
            String deployment = record.context().deployment();
            note(new Deed(caller.id(), action, name.toString(), deployment, AdminRequests.requestId(request), why), 1);
        }
        return out.toByteArray();
    }

    private void note(Deed deed, long count) {
        audit.end(audit.begin(deed), count, true);
    }

    private static RequestRejected unknown() {
        return new RequestRejected(
                FailureCode.UNKNOWN_PREDICTION, "no prediction of this id is on record, or none any more", "id");
    }

    /** Returns what is about the row that is asked for, or everything. */
    private static List<Outcome> about(PredictionName name, PredictionRecord record, List<Outcome> outcomes) {
        Integer row = name.row();
        if (row == null) {
            return outcomes;
        }
        @Nullable
        String id = row < record.inferenceIds().size() ? record.inferenceIds().get(row) : null;
        return outcomes.stream()
                .filter(each -> each.inferenceId() == null
                        ? row.equals(each.row())
                        : each.inferenceId().equals(id))
                .toList();
    }

    /** What was reported of one attempt. */
    @GET
    @Path("/{id}/outcomes")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "getOutcomes",
            summary =
                    "What was reported of a prediction, oldest first, even when its record is no more; needs role audit")
    @APIResponse(
            responseCode = "200",
            description = "The outcomes.",
            content = @Content(schema = @Schema(ref = "PredictionOutcomes")))
    @APIResponse(responseCode = "404", ref = "Problem404")
    public byte[] outcomes(
            @Parameter(description = "The prediction's id, or one with :<row> behind it") @PathParam("id") String id,
            @Parameter(description = "Why, in up to 500 characters; kept with the record of the reading")
                    @QueryParam("reason")
                    @Nullable
                    String reason,
            @Context UriInfo uri,
            @Context ContainerRequestContext request)
            throws IOException {
        Caller caller = AdminRequests.caller(request, CallerRole.AUDIT);
        Queries.requireKnown(uri, Set.of("reason"));
        PredictionName name = PredictionName.parse(id, "id");
        String why = Queries.reason(reason);
        StoredEntry entry = log.find(name.id());
        List<Outcome> found;
        @Nullable String deployment = null;
        if (entry != null && entry.entry() instanceof PredictionRecord record) {
            deployment = record.context().deployment();
            found = about(name, record, outcomes.of(record));
        } else {
            found = outcomes.of(name.id()).stream()
                    .filter(each -> name.row() == null || name.row().equals(each.row()))
                    .toList();
            if (found.isEmpty()) {
                throw unknown();
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = bodies.generator(out)) {
            json.writeStartObject();
            json.writeStringField("prediction_id", name.id().toString());
            OutcomesJson.write(json, found);
            json.writeEndObject();
        }
        Deed deed = new Deed(
                caller.id(),
                AuditAction.OUTCOME_READ,
                name.toString(),
                deployment,
                AdminRequests.requestId(request),
                why);
        note(deed, found.size());
        return out.toByteArray();
    }

    /** Records by request, by inference id or by what fits. */
    @GET
    @Produces({MediaType.APPLICATION_JSON, LINES})
    @Operation(
            operationId = "findPredictions",
            summary = "Records of predictions by request, by inference id, or by what fits; needs role audit",
            description =
                    "A page as JSON, or with Accept: application/x-ndjson one document to a line and no limit. A page"
                            + " that took long to find has fewer entries than asked for; as long as there is a next, more may"
                            + " follow. Lines that end before the answer does are not all that there is.")
    @APIResponse(
            responseCode = "200",
            description = "The records.",
            content = {
                @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = "PredictionPage")),
                @Content(mediaType = LINES, schema = @Schema(type = SchemaType.STRING))
            })
    public Response find(
            @BeanParam SearchParameters parameters,
            @Context UriInfo uri,
            @Context Request negotiated,
            @Context RoutingContext routing,
            @Context ContainerRequestContext request) {
        Caller caller = AdminRequests.caller(request, CallerRole.AUDIT);
        parameters.require(uri);
        Variant variant = negotiated.selectVariant(
                Variant.mediaTypes(MediaType.APPLICATION_JSON_TYPE, LINES_TYPE).build());
        boolean lines = variant != null && LINES_TYPE.isCompatible(variant.getMediaType());
        RecordStream.View view = view(parameters, uri, caller, AdminRequests.requestId(request));
        StreamingOutput answer = parameters.isByName()
                ? named(parameters, view, lines, routing)
                : searched(parameters, view, lines, routing);
        return Response.ok(
                        new Streamed(BrokenOff.orWhole(deadlines.within(answer, routing), routing)),
                        lines ? LINES_TYPE : MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static RecordStream.View view(SearchParameters parameters, UriInfo uri, Caller caller, String requestId) {
        boolean payload = parameters.showsPayload();
        boolean joined = parameters.showsOutcomes();
        String why = Queries.reason(parameters.reason);
        if (!payload && !joined) {
            return new RecordStream.View(false, false, null);
        }
        AuditAction action = !payload
                ? AuditAction.OUTCOME_READ
                : parameters.isByName() ? AuditAction.PREDICTION_READ : AuditAction.PREDICTION_SEARCH;
        Deed deed = new Deed(caller.id(), action, parameters.target(uri), parameters.deployment, requestId, why);
        return new RecordStream.View(payload, joined, deed);
    }

    private StreamingOutput named(
            SearchParameters parameters, RecordStream.View view, boolean lines, RoutingContext routing) {
        int limit = Queries.limit(parameters.limit, MAX_NAMED, MAX_NAMED);
        List<StoredEntry> found;
        if (parameters.requestId != null) {
            found = log.byRequest(Names.requireId(parameters.requestId, "request_id"), limit + 1);
        } else {
            String id = AdminRequests.require(parameters.inferenceId, "inference_id");
            found = log.byInferenceId(Names.requireId(id, "inference_id"), limit + 1);
        }
        boolean more = found.size() > limit;
        Walk walk = Walk.over(more ? found.subList(0, limit) : found);
        return lines
                ? out -> stream.lines(walk, view, out, left(routing))
                : out -> stream.page(walk, view, limit, more, out);
    }

    private StreamingOutput searched(
            SearchParameters parameters, RecordStream.View view, boolean lines, RoutingContext routing) {
        Walk walk = Walk.search(log, parameters.query(), parameters.cursor);
        if (lines && parameters.limit == null) {
            return out -> stream.lines(walk, view, out, left(routing));
        }
        int limit = Queries.limit(parameters.limit, LIMIT, MAX_LIMIT);
        return lines
                ? out -> stream.lines(Walk.first(walk, limit), view, out, left(routing))
                : out -> stream.page(walk, view, limit, false, out);
    }

    private static BooleanSupplier left(RoutingContext routing) {
        HttpServerResponse response = routing.response();
        return response::closed;
    }
}
