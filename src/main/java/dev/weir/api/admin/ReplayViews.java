package dev.weir.api.admin;

import dev.weir.predictionlog.PredictionRecord;
import dev.weir.replay.ReplayOutcome;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of a replay. */
final class ReplayViews {

    private ReplayViews() {}

    /**
     * A version and its bytes.
     *
     * @param model the model
     * @param version the version
     * @param digest the digest of its manifest
     * @param runtime what it runs in
     */
    @Schema(requiredProperties = {"model", "version", "digest", "runtime"})
    record RanView(String model, String version, String digest, String runtime) {}

    /**
     * How far a floating-point element may be off.
     *
     * @param absolute by itself
     * @param relative as a share of the recorded value
     */
    @Schema(requiredProperties = {"absolute", "relative"})
    record ToleranceView(double absolute, double relative) {}

    /**
     * Where two answers differ most.
     *
     * @param output the output
     * @param element which of its elements
     * @param row the row
     * @param recorded what the record says
     * @param replayed what the version says now
     * @param by how far they are apart
     */
    @Schema(requiredProperties = {"output", "element", "recorded", "replayed"})
    record DifferenceView(
            String output,

            @Schema(description = "Which of its elements, in row-major order, from 0")
            long element,

            @Schema(description = "The row it stands in, from 0") @Nullable
            Long row,

            String recorded,
            String replayed,

            @Schema(description = "How far they are apart, when they are numbers") @Nullable
            Double by) {}

    /**
     * A replay.
     *
     * @param prediction_id the attempt
     * @param result what came of it
     * @param reason why it can't be replayed
     * @param detail that in words
     * @param redacted what was redacted, if that is why
     * @param recorded the version on record
     * @param ran the version that ran
     * @param tolerance what its manifest allows
     * @param elements how many elements were compared
     * @param different how many were not identical
     * @param largest the largest difference
     * @param not_compared what of the outputs was redacted
     */
    @Schema(requiredProperties = {"prediction_id", "result", "recorded"})
    record ReplayView(
            String prediction_id,

            @Schema(enumeration = {"identical", "within_tolerance", "different", "not_replayable"})
            String result,

            @Schema(
                    description = "Why it can't be replayed",
                    enumeration = {
                        "redacted",
                        "truncated",
                        "not_sampled",
                        "not_captured",
                        "erased",
                        "no_answer",
                        "version_gone",
                        "digest_differs",
                        "does_not_fit",
                        "refused",
                        "execution_failed"
                    })
            @Nullable
            String reason,

            @Nullable String detail,

            @Schema(description = "What was redacted, if that is why") @Nullable
            List<String> redacted,

            @Schema(description = "The version on record") RanView recorded,

            @Schema(description = "The version that ran") @Nullable
            RanView ran,

            @Schema(description = "What the manifest of the version that ran allows: the least of its golden samples")
            @Nullable
            ToleranceView tolerance,

            @Schema(description = "How many elements were compared") @Nullable
            Long elements,

            @Schema(description = "How many were not identical") @Nullable
            Long different,

            @Schema(description = "The largest difference") @Nullable
            DifferenceView largest,

            @Schema(description = "What of the outputs was redacted, and therefore not compared") @Nullable
            List<String> not_compared) {}

    static ReplayView of(PredictionRecord record, ReplayOutcome outcome) {
        String id = record.id().toString();
        RanView recorded = new RanView(
                record.context().version().model(),
                record.context().version().version(),
                record.context().manifestDigest(),
                record.context().runtime());
        return switch (outcome) {
            case ReplayOutcome.NotReplayable not ->
                new ReplayView(
                        id,
                        "not_replayable",
                        not.why().word(),
                        not.detail(),
                        not.features().isEmpty() ? null : not.features(),
                        recorded,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null);
            case ReplayOutcome.Compared compared ->
                new ReplayView(
                        id,
                        compared.verdict().word(),
                        null,
                        null,
                        null,
                        recorded,
                        new RanView(
                                compared.ran().model(),
                                compared.ran().version(),
                                compared.digest(),
                                compared.runtime()),
                        tolerance(compared.tolerance()),
                        compared.elements(),
                        compared.different(),
                        difference(compared.largest()),
                        compared.notCompared().isEmpty() ? null : compared.notCompared());
        };
    }

    private static @Nullable ToleranceView tolerance(ReplayOutcome.@Nullable Tolerance tolerance) {
        return tolerance == null ? null : new ToleranceView(tolerance.absolute(), tolerance.relative());
    }

    private static @Nullable DifferenceView difference(ReplayOutcome.@Nullable Difference difference) {
        return difference == null
                ? null
                : new DifferenceView(
                        difference.output(),
                        difference.element(),
                        difference.row(),
                        difference.recorded(),
                        difference.replayed(),
                        difference.by());
    }
}
