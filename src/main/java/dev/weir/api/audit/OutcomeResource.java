package dev.weir.api.audit;

import dev.weir.api.admin.AdminRequests;
import dev.weir.api.audit.OutcomeViews.OutcomesView;
import dev.weir.api.audit.OutcomeViews.ReportSchema;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Ticker;
import dev.weir.outcome.OutcomeAnswer;
import dev.weir.outcome.OutcomeConfig;
import dev.weir.outcome.OutcomeReport;
import dev.weir.outcome.Outcomes;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Takes in what came true. */
@Path("/api/v1/outcomes")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "predictions", description = "What is on record")
public class OutcomeResource {

    /** Lines that are written to disk at once. */
    private static final int CHUNK = 500;

    private final Outcomes outcomes;
    private final OutcomeReader reader;
    private final OutcomeConfig config;
    private final Ticker ticker;

    @Inject
    OutcomeResource(Outcomes outcomes, OutcomeReader reader, OutcomeConfig config, Ticker ticker) {
        this.outcomes = outcomes;
        this.reader = reader;
        this.config = config;
        this.ticker = ticker;
    }

    /** Takes in outcomes: one as JSON, or one to a line. */
    @POST
    @Consumes({MediaType.APPLICATION_JSON, PredictionResource.LINES})
    @Operation(
            operationId = "reportOutcomes",
            summary = "Report what came true, one outcome or one to a line; safe to repeat; needs role outcome",
            description =
                    "One outcome that is refused is answered as an error. Of lines, each has its own answer, and those"
                            + " that are refused take nothing from the others.")
    @APIResponse(responseCode = "200", description = "What became of each.")
    @APIResponse(responseCode = "400", ref = "Problem400")
    @APIResponse(responseCode = "406", ref = "Problem406")
    @APIResponse(responseCode = "409", ref = "Problem409")
    @APIResponse(responseCode = "415", ref = "Problem415")
    @APIResponse(responseCode = "default", ref = "Problem")
    public OutcomesView report(
            @RequestBody(
                            content = {
                                @Content(
                                        mediaType = MediaType.APPLICATION_JSON,
                                        schema = @Schema(implementation = ReportSchema.class)),
                                @Content(
                                        mediaType = PredictionResource.LINES,
                                        schema = @Schema(type = SchemaType.STRING))
                            })
                    InputStream body,
            @Context ContainerRequestContext request) {
        Caller caller = AdminRequests.caller(request, CallerRole.OUTCOME);
        MediaType type = Objects.requireNonNullElse(request.getMediaType(), MediaType.APPLICATION_JSON_TYPE);
        return type.getSubtype().equals("json") ? one(body, caller) : lines(body, caller);
    }

    private OutcomesView one(InputStream body, Caller caller) {
        int most = Math.toIntExact(config.maxLine().asLongValue());
        byte[] bytes = new BoundedBytes(body, most, config.uploadTimeout(), ticker).read();
        OutcomeReport report;
        try {
            report = reader.read(bytes);
        } catch (RequestRejected e) {
            outcomes.unreadable();
            throw e;
        }
        OutcomeAnswer answer = outcomes.report(List.of(report), caller).getFirst();
        if (answer.rejection() != null) {
            throw answer.rejection();
        }
        OutcomeViews views = new OutcomeViews();
        views.add(1, answer);
        return views.view();
    }

    private OutcomesView lines(InputStream body, Caller caller) {
        int most = Math.toIntExact(config.maxLine().asLongValue());
        BoundedLines lines = new BoundedLines(body, most, config.uploadTimeout(), ticker);
        OutcomeViews views = new OutcomeViews();
        List<OutcomeReport> reports = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        int count = 0;
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            if (++count > config.maxLines()) {
                refuse(
                        views,
                        lines.number(),
                        new RequestRejected(
                                FailureCode.LIMIT_EXCEEDED,
                                "a request has at most " + config.maxLines()
                                        + " lines; neither this one nor those behind" + " it were read",
                                "body",
                                (long) config.maxLines()));
                break;
            }
            try {
                lines.requireWhole();
                reports.add(reader.read(line));
                numbers.add(lines.number());
            } catch (RequestRejected e) {
                refuse(views, lines.number(), e);
            }
            if (reports.size() == CHUNK) {
                take(reports, numbers, caller, views);
            }
        }
        take(reports, numbers, caller, views);
        return views.view();
    }

    private void refuse(OutcomeViews views, long line, RequestRejected why) {
        outcomes.unreadable();
        views.add(line, OutcomeAnswer.rejected(why));
    }

    private void take(List<OutcomeReport> reports, List<Long> numbers, Caller caller, OutcomeViews views) {
        if (!reports.isEmpty()) {
            List<OutcomeAnswer> answers = outcomes.report(List.copyOf(reports), caller);
            for (int i = 0; i < answers.size(); i++) {
                views.add(numbers.get(i), answers.get(i));
            }
            reports.clear();
            numbers.clear();
        }
    }
}
