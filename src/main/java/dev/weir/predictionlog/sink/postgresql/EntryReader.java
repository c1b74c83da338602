package dev.weir.predictionlog.sink.postgresql;

import dev.weir.failure.FailureCode;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

/** Reads rows of table {@code entry}, joined with {@code record_context}, back into entries. */
final class EntryReader {

    /** What is selected, from {@code entry e} and {@code record_context c}. */
    static final String SELECT =
            "SELECT e.*, c.config_digest, c.experiment, c.epoch, c.manifest_digest, c.runtime, c.retention"
                    + " FROM entry e LEFT JOIN record_context c ON c.id = e.context_id ";

    private final SinkPayloads payloads;

    EntryReader(SinkPayloads payloads) {
        this.payloads = payloads;
    }

    StoredEntry read(ResultSet row) throws SQLException {
        String gap = row.getString("gap_reason");
        return new StoredEntry(
                text(row, "replica"),
                new Position(row.getLong("incarnation"), row.getLong("segment"), row.getLong("seq")),
                row.getBoolean("acknowledged"),
                gap == null ? record(row) : gap(row, gap));
    }

    private static LogEntry gap(ResultSet row, String reason) throws SQLException {
        return new GapRecord(
                time(row, "at"),
                time(row, "gap_to"),
                row.getString("deployment"),
                row.getObject("gap_count", Long.class),
                word(GapRecord.Reason.class, reason, GapRecord.Reason.FAULT));
    }

    private PredictionRecord record(ResultSet row) throws SQLException {
        PredictionId id = new PredictionId(row.getObject("prediction_id", UUID.class));
        String subject = row.getString("subject_key");
        String code = row.getString("code");
        UUID primary = row.getObject("primary_prediction_id", UUID.class);
        PredictionRecord bare = new PredictionRecord(
                id,
                new RequestId(text(row, "request_id")),
                time(row, "at"),
                context(row),
                new PredictionRecord.Routing(
                        text(row, "route_reason"),
                        row.getObject("bucket", Integer.class),
                        row.getObject("propensity", Double.class),
                        primary == null ? null : new PredictionId(primary)),
                text(row, "caller_id"),
                texts(row, "caller_roles").stream()
                        .map(role -> word(CallerRole.class, role, CallerRole.PREDICT))
                        .collect(Collectors.toSet()),
                subject,
                texts(row, "inference_ids"),
                row.getString("trace_id"),
                row.getString("span_id"),
                word(Settlement.Result.class, text(row, "result"), Settlement.Result.ERROR),
                code == null ? null : word(FailureCode.class, code, FailureCode.INTERNAL_ERROR),
                new Settlement.Timing(
                        row.getLong("queue_nanos"),
                        row.getLong("input_nanos"),
                        row.getLong("compute_nanos"),
                        row.getLong("output_nanos")),
                row.getInt("row_count"),
                row.getInt("call_rows"),
                payload(row));
        return StoredPayload.decode(bare, row.getBytes("payload"), payloads);
    }

    private static RecordContext context(ResultSet row) throws SQLException {
        return new RecordContext(
                text(row, "deployment"),
                text(row, "config_digest"),
                row.getString("experiment"),
                row.getString("epoch"),
                text(row, "variant"),
                word(VariantRole.class, text(row, "role"), VariantRole.STANDBY),
                new VersionRef(text(row, "model"), text(row, "version")),
                text(row, "manifest_digest"),
                text(row, "runtime"),
                text(row, "retention"));
    }

    private static Payload payload(ResultSet row) throws SQLException {
        return new Payload(
                word(Capture.class, text(row, "capture"), Capture.NONE),
                row.getDouble("probability"),
                row.getBoolean("sampled"),
                row.getBoolean("truncated"),
                row.getBoolean("erased"),
                null,
                null);
    }

    private static String text(ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(row.getString(column), column);
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : Arrays.asList((String[]) array.getArray());
    }

    /** Returns the constant of a word, or the nearest to one that a newer Weir wrote. */
    private static <E extends Enum<E>> E word(Class<E> type, String word, E unknown) {
        try {
            return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return unknown;
        }
    }
}
