package dev.weir.api.audit;

import dev.weir.failure.RequestRejected;
import dev.weir.outcome.OutcomeAnswer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** How answers to reports look on the wire, gathered line by line. Not thread-safe. */
final class OutcomeViews {

    private final List<LineView> lines = new ArrayList<>();
    private final Map<String, Long> counts = new TreeMap<>();

    /** An outcome as it is reported; for the API's description only. */
    @Schema(name = "OutcomeReport", requiredProperties = "value")
    record ReportSchema(
            @Schema(description = "The prediction's id; one of several rows is <prediction_id>:<row>") @Nullable
            String prediction_id,

            @Schema(description = "Or the caller's own id of its row") @Nullable
            String inference_id,

            @Schema(description = "The truth: a scalar or a small object; null takes back what was reported") @Nullable
            Object value,

            @Schema(description = "When it was observed", format = "date-time") @Nullable
            String observed_at,

            @Schema(description = "Where it comes from; what sources say stands side by side") @Nullable
            String source,

            @Schema(description = "Its number among those from the same source; the next one if absent") @Nullable
            Integer revision) {}

    /**
     * What became of a line.
     *
     * @param line its number
     * @param result what
     * @param revision the outcome's number
     * @param matched whether the log has the prediction
     * @param code why it was rejected
     * @param detail the same in words
     * @param field what is wrong
     * @param limit the largest accepted value
     */
    @Schema(
            name = "OutcomeResult",
            requiredProperties = {"line", "result", "matched"})
    record LineView(
            long line,

            @Schema(enumeration = {"accepted", "corrected", "superseded", "duplicate", "pending", "late", "rejected"})
            String result,

            @Schema(description = "The outcome's number among those from the same source") @Nullable
            Integer revision,

            @Schema(description = "Whether the log has the prediction")
            boolean matched,

            @Nullable String code,
            @Nullable String detail,
            @Nullable String field,
            @Nullable Long limit) {}

    /**
     * What became of a request.
     *
     * @param counts how many lines had which result
     * @param results what became of each line
     */
    @Schema(
            name = "OutcomeResults",
            requiredProperties = {"counts", "results"})
    record OutcomesView(
            @Schema(description = "How many lines had which result")
            Map<String, Long> counts,

            List<LineView> results) {}

    void add(long line, OutcomeAnswer answer) {
        RequestRejected why = answer.rejection();
        counts.merge(answer.result().word(), 1L, Long::sum);
        lines.add(new LineView(
                line,
                answer.result().word(),
                why == null ? answer.revision() : null,
                answer.matched(),
                why == null ? null : why.code().name(),
                why == null ? null : why.publicMessage(),
                why == null ? null : why.field(),
                why == null ? null : why.limit()));
    }

    /** Returns what became of all lines, in order. */
    OutcomesView view() {
        return new OutcomesView(
                counts,
                lines.stream().sorted(Comparator.comparingLong(LineView::line)).toList());
    }
}
