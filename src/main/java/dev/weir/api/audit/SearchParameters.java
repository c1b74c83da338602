package dev.weir.api.audit;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import dev.weir.predictionlog.RecordQuery;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.UriInfo;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/** What one may ask the log for. Filled by the platform, for one request. */
public final class SearchParameters {

    private static final int MAX_CALLER = 256;

    private static final Set<String> SHOWN = Set.of("payload", "outcomes", "reason", "limit");
    private static final Set<String> FILTERS = Set.of(
            "from",
            "to",
            "deployment",
            "model",
            "version",
            "variant",
            "role",
            "caller",
            "result",
            "gaps",
            "order",
            "cursor");
    private static final Set<String> NAMED = Set.of("request_id", "inference_id");

    @QueryParam("request_id")
    @Parameter(description = "The attempts of this request, alone")
    @Nullable
    String requestId;

    @QueryParam("inference_id")
    @Parameter(description = "The attempts with a row that its caller gave this id, alone")
    @Nullable
    String inferenceId;

    @QueryParam("from")
    @Parameter(description = "Attempts that began then or later", schema = @Schema(format = "date-time"))
    @Nullable
    String from;

    @QueryParam("to")
    @Parameter(description = "Attempts that began before", schema = @Schema(format = "date-time"))
    @Nullable
    String to;

    @QueryParam("deployment")
    @Parameter(description = "The deployment that was called")
    @Nullable
    String deployment;

    @QueryParam("model")
    @Parameter(description = "The model that answered")
    @Nullable
    String model;

    @QueryParam("version")
    @Parameter(description = "The version that answered")
    @Nullable
    String version;

    @QueryParam("variant")
    @Parameter(description = "The variant that answered")
    @Nullable
    String variant;

    @QueryParam("role")
    @Parameter(
            description = "The variant's role",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {"primary", "canary", "arm", "shadow", "standby"}))
    @Nullable
    String role;

    @QueryParam("caller")
    @Parameter(description = "The id of who called")
    @Nullable
    String caller;

    @QueryParam("result")
    @Parameter(
            description = "How the attempt ended",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {"ok", "error", "refused", "timeout", "rejected", "cancelled"}))
    @Nullable
    String result;

    @QueryParam("gaps")
    @Parameter(
            description = "Whether marks of missing records are wanted too, as far as time and deployment fit",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Nullable
    String gaps;

    @QueryParam("order")
    @Parameter(
            description = "Which come first",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {"oldest", "newest"},
                            defaultValue = "oldest"))
    @Nullable
    String order;

    @QueryParam("cursor")
    @Parameter(description = "next of the answer before")
    @Nullable
    String cursor;

    @QueryParam("limit")
    @Parameter(
            description = "The most entries of an answer; a stream of lines has none unless it is given",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "1000", defaultValue = "100"))
    @Nullable
    String limit;

    @QueryParam("payload")
    @Parameter(
            description = "Whether inputs and outputs are shown",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "true"))
    @Nullable
    String payload;

    @QueryParam("outcomes")
    @Parameter(
            description = "Whether what was reported later is shown",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Nullable
    String outcomes;

    @QueryParam("reason")
    @Parameter(description = "Why, in up to 500 characters; kept with the record of the reading")
    @Nullable
    String reason;

    /**
     * Requires that a request asks for nothing that is not known, and either by name or by what fits.
     *
     * @throws RequestRejected otherwise
     */
    void require(UriInfo uri) {
        Set<String> known = new TreeSet<>(SHOWN);
        known.addAll(NAMED);
        known.addAll(FILTERS);
        Queries.requireKnown(uri, known);
        Set<String> given = uri.getQueryParameters().keySet();
        if (given.containsAll(NAMED)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "either request_id or inference_id says what to find", "inference_id");
        }
        if (isByName()) {
            for (String each : new TreeSet<>(given)) {
                if (FILTERS.contains(each)) {
                    throw new RequestRejected(
                            FailureCode.INVALID_FIELD, "request_id and inference_id go without filters", each);
                }
            }
        }
    }

    boolean isByName() {
        return requestId != null || inferenceId != null;
    }

    boolean showsPayload() {
        return Queries.flag(payload, "payload", true);
    }

    boolean showsOutcomes() {
        return Queries.flag(outcomes, "outcomes", false);
    }

    RecordQuery query() {
        return new RecordQuery(
                Queries.time(from, "from"),
                Queries.time(to, "to"),
                name(deployment, "deployment"),
                name(model, "model"),
                name(version, "version"),
                name(variant, "variant"),
                Queries.word(role, "role", VariantRole.values(), VariantRole::word),
                caller(caller),
                Queries.word(result, "result", Settlement.Result.values(), Settlement.Result::word),
                Set.of(),
                Queries.flag(gaps, "gaps", false),
                Queries.newestFirst(order, false));
    }

    private static @Nullable String name(@Nullable String text, String field) {
        return text == null ? null : Names.requireName(text, field);
    }

    static @Nullable String caller(@Nullable String text) {
        if (text != null && (text.isEmpty() || text.length() > MAX_CALLER)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "a caller's id has 1 to " + MAX_CALLER + " characters", "caller", (long)
                            MAX_CALLER);
        }
        return text;
    }

    /** Returns what is looked for, for the record of the reading. */
    String target(UriInfo uri) {
        String said = uri.getQueryParameters().entrySet().stream()
                .filter(each -> FILTERS.contains(each.getKey()) || NAMED.contains(each.getKey()))
                .map(each -> each.getKey() + "=" + each.getValue().getFirst())
                .sorted()
                .collect(Collectors.joining(" "));
        return said.isEmpty() ? "everything" : said;
    }
}
