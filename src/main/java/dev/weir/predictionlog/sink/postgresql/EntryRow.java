package dev.weir.predictionlog.sink.postgresql;

import dev.weir.inference.CallerRole;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** An entry as a row of table {@code entry}. */
final class EntryRow {

    /** The columns, in the order in which they are written. */
    static final String COLUMNS = "at, replica, incarnation, segment, seq, acknowledged, deployment, context_id, model,"
            + " version, variant, role, prediction_id, request_id, inference_ids, caller_id, caller_roles, subject_key,"
            + " trace_id, span_id, route_reason, bucket, propensity, primary_prediction_id, result, code, queue_nanos,"
            + " input_nanos, compute_nanos, output_nanos, row_count, call_rows, capture, probability, sampled, truncated,"
            + " erased, payload, gap_to, gap_count, gap_reason";

    private static final int COUNT = COLUMNS.split(",", -1).length;
    private static final int COUNT_OF_ALL = 7;
    private static final int COUNT_OF_GAPS = 3;

    private EntryRow() {}

    /**
     * Writes a row.
     *
     * @param contexts gives the number of a context
     */
    static void write(
            CopyBuffer out, StoredEntry entry, SinkPayloads payloads, ToLongFunction<RecordContext> contexts) {
        out.row(COUNT);
        switch (entry.entry()) {
            case PredictionRecord record -> {
                out.time(record.started());
                head(out, entry, record.context().deployment());
                write(out, record, payloads, contexts.applyAsLong(record.context()));
                nothing(out, COUNT_OF_GAPS);
            }
            case GapRecord gap -> {
                out.time(gap.from());
                head(out, entry, gap.deployment());
                nothing(out, COUNT - COUNT_OF_ALL - COUNT_OF_GAPS);
                out.time(gap.to());
                out.int8(gap.count());
                out.text(gap.reason().word());
            }
        }
    }

    private static void nothing(CopyBuffer out, int columns) {
        for (int i = 0; i < columns; i++) {
            out.none();
        }
    }

    private static void head(CopyBuffer out, StoredEntry entry, @Nullable String deployment) {
        out.text(entry.replica());
        out.int8(entry.position().incarnation());
        out.int8(entry.position().segment());
        out.int8(entry.position().seq());
        out.flag(entry.acknowledged());
        out.text(deployment);
    }

    private static void write(CopyBuffer out, PredictionRecord record, SinkPayloads payloads, long context) {
        RecordContext common = record.context();
        PredictionRecord.Routing routing = record.routing();
        out.int8(context);
        out.text(common.version().model());
        out.text(common.version().version());
        out.text(common.variant());
        out.text(common.role().word());
        out.uuid(record.id().value());
        out.text(record.requestId().value());
        if (record.inferenceIds().isEmpty()) {
            out.none();
        } else {
            out.texts(record.inferenceIds());
        }
        out.text(record.callerId());
        out.texts(record.callerRoles().stream().sorted().map(EntryRow::word).toList());
        out.text(record.subjectKey());
        out.text(record.traceId());
        out.text(record.spanId());
        out.text(routing.reason());
        out.int4(routing.bucket());
        out.float8(routing.propensity());
        out.uuid(routing.primary() == null ? null : routing.primary().value());
        out.text(record.result().word());
        out.text(record.code() == null ? null : record.code().name());
        out.int8(record.timing().queueNanos());
        out.int8(record.timing().inputNanos());
        out.int8(record.timing().computeNanos());
        out.int8(record.timing().outputNanos());
        out.int4(record.rows());
        out.int4(record.callRows());
        SinkPayloads.Forwarded forwarded = payloads.of(record, true);
        Payload payload = forwarded.payload();
        out.text(payload.capture().word());
        out.float8(payload.probability());
        out.flag(payload.sampled());
        out.flag(payload.truncated());
        out.flag(payload.erased());
        out.bytes(StoredPayload.encode(forwarded));
    }

    static String word(CallerRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }
}
