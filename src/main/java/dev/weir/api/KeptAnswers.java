package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.Names;
import dev.weir.inference.Ticker;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers of this server to requests with an {@code Idempotency-Key}: whoever sends such a request again within the window gets
 * the answer it had, and the model does not run again. Only answers that succeeded are kept, because a failure is worth
 * another try. Thread-safe; bounded in bytes and time.
 *
 * <p>The key of a request that is under way is never forgotten, or the same request would run a second time beside it. Where
 * such keys alone take all the room, new ones are refused.
 */
@Singleton
public final class KeptAnswers {

    /** What an entry takes beside its body. */
    private static final long ENTRY_BYTES = 1024;

    private static final String FIELD = "Idempotency-Key";

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final long windowNanos;
    private final long capacity;
    private final Ticker ticker;
    private final MeterRegistry meters;

    /** Guards what follows. */
    private final Object lock = new Object();

    /** Requests that have no answer yet. */
    private final Map<Key, Entry> underWay = new HashMap<>();

    /** Requests that have one, in the order of their answers, the oldest first. */
    private final Map<Key, Entry> answered = new LinkedHashMap<>();

    private long bytes;

    private record Key(String caller, String key) {}

    /**
     * A key that is known.
     *
     * @param fingerprint of the request it was used for
     * @param answer the answer it had, or null
     * @param keptNanos since when there is one
     */
    private record Entry(byte[] fingerprint, @Nullable KeptAnswer answer, long keptNanos) {
        long bytes() {
            return ENTRY_BYTES + (answer == null ? 0 : answer.body().length());
        }
    }

    /**
     * An answer that succeeded.
     *
     * @param contentType its type
     * @param headers the headers that tell what answered
     * @param body its body, which nobody changes
     */
    public record KeptAnswer(CharSequence contentType, List<Map.Entry<String, String>> headers, Buffer body) {

        /** Copies the headers. */
        public KeptAnswer {
            headers = List.copyOf(headers);
        }
    }

    /** What happened to a request with a key. */
    private enum Event {
        STORED,
        REPLAYED,
        REFUSED,
        EVICTED
    }

    /** Keeps answers within the configured bounds. */
    @Inject
    public KeptAnswers(IdempotencyConfig config, Ticker ticker, MeterRegistry meters) {
        this.windowNanos = config.window().toNanos();
        this.capacity = config.bytes().asLongValue();
        this.ticker = ticker;
        this.meters = meters;
    }

    /** A request that is the first with its key. Ends once, by either method; further calls do nothing. */
    public interface Turn {
        /** Keeps its answer. */
        void keep(KeptAnswer answer);

        /** Forgets the key: the request did not succeed. */
        void forget();
    }

    /**
     * The first request with its key, or the answer that an earlier one had.
     *
     * @param turn null when there is an answer
     * @param answer null when the request must be answered
     */
    public record Begun(@Nullable Turn turn, @Nullable KeptAnswer answer) {}

    /**
     * Begins a request.
     *
     * @param key what the header says; the quotes that some clients send around it are no part of it
     * @param fingerprint a digest over all that the answer depends on
     * @throws RequestRejected when the key is none, was used for another request, or its first request is under way
     * @throws Overloaded when requests under way with keys take all the room
     */
    public Begun begin(Caller caller, String key, byte[] fingerprint) {
        Key of = new Key(caller.id(), Names.requireId(unquoted(key), FIELD));
        synchronized (lock) {
            expire(ticker.nanos());
            Entry running = underWay.get(of);
            Entry earlier = running == null ? answered.get(of) : running;
            if (earlier == null) {
                return new Begun(new OneTurn(of, first(of, fingerprint)), null);
            }
            if (!Arrays.equals(earlier.fingerprint, fingerprint)) {
                count(Event.REFUSED);
                throw new RequestRejected(
                        FailureCode.CONFLICT, "the key was used for another request; take a new one", FIELD);
            }
            if (earlier.answer == null) {
                count(Event.REFUSED);
                throw new RequestRejected(
                        FailureCode.CONFLICT, "a request with this key is under way; try again", FIELD);
            }
            count(Event.REPLAYED);
            return new Begun(null, earlier.answer);
        }
    }

    private Entry first(Key key, byte[] fingerprint) {
        Entry entry = new Entry(fingerprint.clone(), null, 0);
        if (underWay.size() * ENTRY_BYTES + entry.bytes() > capacity) {
            count(Event.REFUSED);
            throw new Overloaded(
                    FailureCode.BYTE_BUDGET_EXHAUSTED,
                    "requests with an Idempotency-Key that are under way take all the room for such; try again",
                    RETRY_AFTER);
        }
        underWay.put(key, entry);
        bytes += entry.bytes();
        evict();
        return entry;
    }

    private static String unquoted(String key) {
        return key.length() > 2 && key.startsWith("\"") && key.endsWith("\"")
                ? key.substring(1, key.length() - 1)
                : key;
    }

    private void expire(long now) {
        Iterator<Entry> oldest = answered.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (now - entry.keptNanos < windowNanos) {
                return;
            }
            bytes -= entry.bytes();
            oldest.remove();
        }
    }

    /** Makes room by forgetting the oldest answers. */
    private void evict() {
        Iterator<Entry> oldest = answered.values().iterator();
        while (bytes > capacity && oldest.hasNext()) {
            bytes -= oldest.next().bytes();
            oldest.remove();
            count(Event.EVICTED);
        }
    }

    private void count(Event event) {
        Meters.IDEMPOTENCY
                .counter(meters, event.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    /** Returns the bytes that are taken. */
    long bytes() {
        synchronized (lock) {
            return bytes;
        }
    }

    private final class OneTurn implements Turn {
        private final Key key;
        private final Entry entry;

        OneTurn(Key key, Entry entry) {
            this.key = key;
            this.entry = entry;
        }

        @Override
        public void keep(KeptAnswer answer) {
            synchronized (lock) {
                if (!end()) {
                    return;
                }
                Entry kept = new Entry(entry.fingerprint, answer, ticker.nanos());
                if (underWay.size() * ENTRY_BYTES + kept.bytes() > capacity) {
                    count(Event.EVICTED);
                } else {
                    answered.put(key, kept);
                    bytes += kept.bytes();
                    count(Event.STORED);
                    evict();
                }
            }
        }

        @Override
        public void forget() {
            synchronized (lock) {
                end();
            }
        }

        /** Takes the request out of those under way; false when it is none. */
        private boolean end() {
            if (!entry.equals(underWay.get(key))) {
                return false;
            }
            underWay.remove(key);
            bytes -= entry.bytes();
            return true;
        }
    }
}
