package dev.weir.api.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.api.JsonBodies;
import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.StoreUnavailable;
import dev.weir.inference.Ticker;
import dev.weir.outcome.Outcomes;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.telemetry.Log;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries to whoever reads them, as fast as they are taken: what is not taken is not read from the log either. Blocks
 * the thread that writes. Thread-safe.
 *
 * <p>Nothing is written before the first entries are there and the reading is on record, so that until then a failure is
 * answered as one. What fails later breaks the answer off, which its reader notices by the missing end.
 */
@Singleton
final class RecordStream {

    private static final Log LOG = Log.of(RecordStream.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /** How long a page is searched for; one that then is not full says where to go on. */
    private static final Duration PAGE_TIME = Duration.ofSeconds(10);

    private final AuditLog audit;
    private final Outcomes outcomes;
    private final JsonBodies bodies;
    private final Ticker ticker;
    private final int parallel;
    private final Semaphore room;

    @Inject
    RecordStream(AuditLog audit, Outcomes outcomes, JsonBodies bodies, Ticker ticker, ReadingConfig config) {
        this.audit = audit;
        this.outcomes = outcomes;
        this.bodies = bodies;
        this.ticker = ticker;
        this.parallel = config.parallel();
        this.room = new Semaphore(parallel);
    }

    /**
     * What is shown.
     *
     * @param payload whether payloads are
     * @param outcomes whether outcomes are
     * @param deed what is put on record; null when nothing is shown that must be
     */
    record View(boolean payload, boolean outcomes, AuditEvent.@Nullable Deed deed) {}

    /**
     * Writes one document to a line, to the end.
     *
     * @param left says whether the reader is gone
     */
    void lines(Walk walk, View view, OutputStream out, BooleanSupplier left) throws IOException {
        run(walk, view, Long.MAX_VALUE, (first, count) -> {
            List<StoredEntry> entries = first;
            // The generator is not closed, because that would end the answer as if it were whole.
            JsonGenerator json = bodies.generator(out);
            json.setRootValueSeparator(null);
            while (true) {
                for (StoredEntry entry : entries) {
                    write(json, entry, view);
                    json.writeRaw('\n');
                    count.incrementAndGet();
                }
                json.flush();
                if (!walk.goesOn()) {
                    return true;
                }
                if (left.getAsBoolean()) {
                    return false;
                }
                entries = walk.next(Walk.STEP);
            }
        });
    }

    /**
     * Writes one document with entries, and where to go on.
     *
     * @param more whether there are more entries than the walk has
     */
    void page(Walk walk, View view, int limit, boolean more, OutputStream out) throws IOException {
        long begun = ticker.nanos();
        run(walk, view, limit, (first, count) -> {
            List<StoredEntry> entries = first;
            JsonGenerator json = bodies.generator(out);
            json.writeStartObject();
            json.writeArrayFieldStart("entries");
            while (true) {
                for (StoredEntry entry : entries) {
                    write(json, entry, view);
                    count.incrementAndGet();
                }
                if (!walk.goesOn() || count.get() >= limit || ticker.nanos() - begun > PAGE_TIME.toNanos()) {
                    break;
                }
                entries = walk.next(limit - count.get());
            }
            json.writeEndArray();
            if (walk.cursor() != null) {
                json.writeStringField("next", walk.cursor());
            }
            if (more) {
                json.writeBooleanField("more", true);
            }
            json.writeEndObject();
            json.flush();
            return true;
        });
    }

    @FunctionalInterface
    private interface Body {

        /**
         * Writes.
         *
         * @param count counts what is written
         * @return whether all of it was
         */
        boolean write(List<StoredEntry> first, AtomicLong count) throws IOException;
    }

    private void run(Walk walk, View view, long most, Body body) throws IOException {
        if (!room.tryAcquire()) {
            throw new Overloaded(
                    FailureCode.QUEUE_FULL, "at most " + parallel + " searches of the log run at a time", RETRY_AFTER);
        }
        try {
            List<StoredEntry> first = walk.next(most);
            Long event = view.deed() == null ? null : audit.begin(view.deed());
            AtomicLong count = new AtomicLong();
            boolean whole = false;
            try {
                whole = body.write(first, count);
            } finally {
                if (event != null) {
                    end(event, count.get(), whole);
                }
            }
        } finally {
            room.release();
        }
    }

    private void end(long event, long count, boolean whole) {
        try {
            audit.end(event, count, whole);
        } catch (StoreUnavailable e) {
            // That it was read is on record; how much was, is not.
            LOG.error("the end of a reading could not be put on record")
                    .cause(e.getCause())
                    .write();
        }
    }

    private void write(JsonGenerator json, StoredEntry entry, View view) throws IOException {
        RecordJson.Members more = view.outcomes() && entry.entry() instanceof PredictionRecord record
                ? members -> OutcomesJson.write(members, outcomes.of(record))
                : RecordJson.Members.NONE;
        RecordJson.write(json, entry, new RecordJson.Shown(view.payload(), null, more));
    }
}
