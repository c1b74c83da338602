package dev.weir.predictionlog;

import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are looked for; null asks for nothing.
 *
 * @param from attempts that began then or later
 * @param to attempts that began before
 * @param deployment the deployment that was called
 * @param model the model that answered
 * @param version the version that answered
 * @param variant the variant's name
 * @param role the variant's role
 * @param callerId who called
 * @param result how it ended
 * @param subjectKeys the keys of whom it is about, one of them; empty asks for nothing
 * @param gaps whether marks of missing records are wanted too, as far as time and deployment fit
 * @param newestFirst whether the order is turned around
 */
public record RecordQuery(
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String deployment,
        @Nullable String model,
        @Nullable String version,
        @Nullable String variant,
        @Nullable VariantRole role,
        @Nullable String callerId,
        Settlement.@Nullable Result result,
        Set<String> subjectKeys,
        boolean gaps,
        boolean newestFirst) {

    /** Everything, oldest first. */
    public static final RecordQuery ALL =
            new RecordQuery(null, null, null, null, null, null, null, null, null, Set.of(), true, false);

    /** Copies the set. */
    public RecordQuery {
        subjectKeys = Set.copyOf(subjectKeys);
    }

    /** Says whether an entry is looked for. */
    public boolean matches(LogEntry entry) {
        return switch (entry) {
            case PredictionRecord record -> matches(record);
            case GapRecord gap ->
                gaps
                        && (from == null || !gap.to().isBefore(from))
                        && (to == null || gap.from().isBefore(to))
                        && (deployment == null || gap.deployment() == null || deployment.equals(gap.deployment()));
        };
    }

    private boolean matches(PredictionRecord record) {
        RecordContext context = record.context();
        return (from == null || !record.started().isBefore(from))
                && (to == null || record.started().isBefore(to))
                && (deployment == null || deployment.equals(context.deployment()))
                && (model == null || model.equals(context.version().model()))
                && (version == null || version.equals(context.version().version()))
                && (variant == null || variant.equals(context.variant()))
                && (role == null || role == context.role())
                && (callerId == null || callerId.equals(record.callerId()))
                && (result == null || result == record.result())
                && (subjectKeys.isEmpty()
                        || (record.subjectKey() != null && subjectKeys.contains(record.subjectKey())));
    }
}
