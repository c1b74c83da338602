package dev.weir.predictionlog.local;

import dev.weir.failure.FailureCode;
import dev.weir.inference.CallerRole;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The form of what an entry says beside its payload, version 1: its kind, and fields. New fields and kinds may be added; none
 * is given up, and no tag is used again. The attempt's id comes first.
 */
final class EntryCodec {

    /** The kinds of entries. */
    static final int RECORD = 1;

    static final int GAP = 2;

    private static final int ID = 1;
    private static final int REQUEST_ID = 2;
    private static final int STARTED = 3;
    private static final int CONTEXT = 4;
    private static final int REASON = 5;
    private static final int BUCKET = 6;
    private static final int PROPENSITY = 7;
    private static final int PRIMARY = 8;
    private static final int CALLER_ID = 9;
    private static final int CALLER_ROLE = 10;
    private static final int SUBJECT_KEY = 11;
    private static final int INFERENCE_ID = 12;
    private static final int TRACE_ID = 13;
    private static final int SPAN_ID = 14;
    private static final int RESULT = 15;
    private static final int CODE = 16;
    private static final int QUEUE_NANOS = 17;
    private static final int INPUT_NANOS = 18;
    private static final int COMPUTE_NANOS = 19;
    private static final int OUTPUT_NANOS = 20;
    private static final int ROWS = 21;
    private static final int CALL_ROWS = 22;
    private static final int CAPTURE = 23;
    private static final int PROBABILITY = 24;
    private static final int PAYLOAD_FLAGS = 25;
    private static final int UNACKNOWLEDGED = 26;

    private static final int SAMPLED = 1;
    private static final int TRUNCATED = 2;
    private static final int ERASED = 4;

    private static final int GAP_FROM = 1;
    private static final int GAP_TO = 2;
    private static final int GAP_DEPLOYMENT = 3;
    private static final int GAP_COUNT = 4;
    private static final int GAP_REASON = 5;

    private EntryCodec() {}

    static void write(ByteOutput out, PredictionRecord record, int context, boolean acknowledged) {
        out.octet(RECORD);
        out.uuidField(ID, record.id().value());
        out.textField(REQUEST_ID, record.requestId().value());
        out.signedField(STARTED, micros(record.started()));
        out.numberField(CONTEXT, context);
        out.textField(REASON, record.routing().reason());
        PredictionRecord.Routing routing = record.routing();
        if (routing.bucket() != null) {
            out.numberField(BUCKET, routing.bucket());
        }
        if (routing.propensity() != null) {
            out.doubleField(PROPENSITY, routing.propensity());
        }
        if (routing.primary() != null) {
            out.uuidField(PRIMARY, routing.primary().value());
        }
        out.textField(CALLER_ID, record.callerId());
        for (CallerRole role : record.callerRoles()) {
            out.textField(CALLER_ROLE, role.name());
        }
        ContextCodec.optional(out, SUBJECT_KEY, record.subjectKey());
        for (String id : record.inferenceIds()) {
            out.textField(INFERENCE_ID, id);
        }
        ContextCodec.optional(out, TRACE_ID, record.traceId());
        ContextCodec.optional(out, SPAN_ID, record.spanId());
        out.textField(RESULT, record.result().name());
        if (record.code() != null) {
            out.textField(CODE, record.code().name());
        }
        optional(out, QUEUE_NANOS, record.timing().queueNanos());
        optional(out, INPUT_NANOS, record.timing().inputNanos());
        optional(out, COMPUTE_NANOS, record.timing().computeNanos());
        optional(out, OUTPUT_NANOS, record.timing().outputNanos());
        optional(out, ROWS, record.rows());
        optional(out, CALL_ROWS, record.callRows());
        writePayloadFacts(out, record.payload());
        if (!acknowledged) {
            out.numberField(UNACKNOWLEDGED, 1);
        }
    }

    private static void writePayloadFacts(ByteOutput out, Payload payload) {
        out.textField(CAPTURE, payload.capture().name());
        if (payload.probability() != 1) {
            out.doubleField(PROBABILITY, payload.probability());
        }
        optional(
                out,
                PAYLOAD_FLAGS,
                (payload.sampled() ? SAMPLED : 0)
                        | (payload.truncated() ? TRUNCATED : 0)
                        | (payload.erased() ? ERASED : 0));
    }

    private static void optional(ByteOutput out, int tag, long value) {
        if (value != 0) {
            out.numberField(tag, value);
        }
    }

    static void write(ByteOutput out, GapRecord gap) {
        out.octet(GAP);
        out.signedField(GAP_FROM, micros(gap.from()));
        out.signedField(GAP_TO, micros(gap.to()));
        ContextCodec.optional(out, GAP_DEPLOYMENT, gap.deployment());
        if (gap.count() != null) {
            out.numberField(GAP_COUNT, gap.count());
        }
        out.textField(GAP_REASON, gap.reason().name());
    }

    /** Returns a key as {@link #isRequest} and {@link #isInference} compare it. */
    static byte[] text(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }

    /** Says whether an entry is the record of an attempt. */
    static boolean isPrediction(ByteInput in, UUID id) {
        return in.octet() == RECORD
                && in.nextField()
                && in.tag() == ID
                && in.uuidField().equals(id);
    }

    /** Says whether an entry is a record of a request. */
    static boolean isRequest(ByteInput in, byte[] id) {
        return has(in, REQUEST_ID, id);
    }

    /** Says whether an entry is a record with a row whose caller gave it an id. */
    static boolean isInference(ByteInput in, byte[] id) {
        return has(in, INFERENCE_ID, id);
    }

    private static boolean has(ByteInput in, int tag, byte[] expected) {
        if (in.octet() != RECORD) {
            return false;
        }
        while (in.nextField()) {
            if (in.tag() == tag && in.fieldIs(expected)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What an entry says.
     *
     * @param acknowledged false when its caller was told that it might not be written
     * @param entry what it is; a record is without the tensors of its payload
     */
    record Facts(boolean acknowledged, LogEntry entry) {}

    /** Returns what an entry says; null when it is of a later version. */
    static @Nullable Facts read(ByteInput in, List<RecordContext> contexts) {
        return switch (in.octet()) {
            case RECORD -> readRecord(in, contexts);
            case GAP -> new Facts(true, readGap(in));
            default -> null;
        };
    }

    private static Facts readRecord(ByteInput in, List<RecordContext> contexts) {
        UUID id = null;
        String requestId = "";
        long started = 0;
        int context = Integer.MAX_VALUE;
        String reason = "";
        Integer bucket = null;
        Double propensity = null;
        PredictionId primary = null;
        String callerId = "";
        Set<CallerRole> roles = EnumSet.noneOf(CallerRole.class);
        String subjectKey = null;
        List<String> inferenceIds = new ArrayList<>(0);
        String traceId = null;
        String spanId = null;
        String result = "";
        FailureCode code = null;
        long queue = 0;
        long input = 0;
        long compute = 0;
        long output = 0;
        int rows = 0;
        int callRows = 0;
        String capture = "";
        double probability = 1;
        int flags = 0;
        boolean acknowledged = true;
        while (in.nextField()) {
            switch (in.tag()) {
                case ID -> id = in.uuidField();
                case REQUEST_ID -> requestId = in.textField();
                case STARTED -> started = in.signedField();
                case CONTEXT -> context = in.intField();
                case REASON -> reason = in.textField();
                case BUCKET -> bucket = in.intField();
                case PROPENSITY -> propensity = in.doubleField();
                case PRIMARY -> primary = new PredictionId(in.uuidField());
                case CALLER_ID -> callerId = in.textField();
                case CALLER_ROLE -> roles.add(CallerRole.valueOf(in.textField()));
                case SUBJECT_KEY -> subjectKey = in.textField();
                case INFERENCE_ID -> inferenceIds.add(in.textField());
                case TRACE_ID -> traceId = in.textField();
                case SPAN_ID -> spanId = in.textField();
                case RESULT -> result = in.textField();
                case CODE -> code = FailureCode.valueOf(in.textField());
                case QUEUE_NANOS -> queue = in.numberField();
                case INPUT_NANOS -> input = in.numberField();
                case COMPUTE_NANOS -> compute = in.numberField();
                case OUTPUT_NANOS -> output = in.numberField();
                case ROWS -> rows = in.intField();
                case CALL_ROWS -> callRows = in.intField();
                case CAPTURE -> capture = in.textField();
                case PROBABILITY -> probability = in.doubleField();
                case PAYLOAD_FLAGS -> flags = in.intField();
                case UNACKNOWLEDGED -> acknowledged = in.numberField() == 0;
                default -> {
                    // of a later version
                }
            }
        }
        if (id == null || context >= contexts.size()) {
            throw new UnreadableBlock("a record has no id or no context");
        }
        PredictionRecord record = new PredictionRecord(
                new PredictionId(id),
                new RequestId(requestId),
                instant(started),
                contexts.get(context),
                new PredictionRecord.Routing(reason, bucket, propensity, primary),
                callerId,
                roles,
                subjectKey,
                inferenceIds,
                traceId,
                spanId,
                Settlement.Result.valueOf(result),
                code,
                new Settlement.Timing(queue, input, compute, output),
                rows,
                callRows,
                new Payload(
                        Capture.valueOf(capture),
                        probability,
                        (flags & SAMPLED) != 0,
                        (flags & TRUNCATED) != 0,
                        (flags & ERASED) != 0,
                        null,
                        null));
        return new Facts(acknowledged, record);
    }

    private static GapRecord readGap(ByteInput in) {
        long from = 0;
        long to = 0;
        String deployment = null;
        Long count = null;
        String reason = "";
        while (in.nextField()) {
            switch (in.tag()) {
                case GAP_FROM -> from = in.signedField();
                case GAP_TO -> to = in.signedField();
                case GAP_DEPLOYMENT -> deployment = in.textField();
                case GAP_COUNT -> count = in.numberField();
                case GAP_REASON -> reason = in.textField();
                default -> {
                    // of a later version
                }
            }
        }
        return new GapRecord(instant(from), instant(to), deployment, count, GapRecord.Reason.valueOf(reason));
    }

    /** Returns a record with the tensors of its payload; without any, it was erased. */
    static PredictionRecord with(
            PredictionRecord record, boolean erased, @Nullable PackedTensors inputs, @Nullable PackedTensors outputs) {
        Payload facts = record.payload();
        Payload payload = new Payload(
                facts.capture(),
                facts.probability(),
                facts.sampled(),
                facts.truncated(),
                facts.erased() || erased,
                inputs,
                outputs);
        return new PredictionRecord(
                record.id(),
                record.requestId(),
                record.started(),
                record.context(),
                record.routing(),
                record.callerId(),
                record.callerRoles(),
                record.subjectKey(),
                record.inferenceIds(),
                record.traceId(),
                record.spanId(),
                record.result(),
                record.code(),
                record.timing(),
                record.rows(),
                record.callRows(),
                payload);
    }

    static long micros(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
