package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.Names;
import dev.weir.inference.Ticker;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Arrays;
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
 */
@Singleton
public final class KeptAnswers {

    /** What an entry takes beside its body. */
    private static final long ENTRY_BYTES = 1024;

    private static final String FIELD = "Idempotency-Key";

    private final long windowNanos;
    private final long capacity;
    private final Ticker ticker;
    private final MeterRegistry meters;

    /** By age, the oldest first; guarded by itself, like {@code bytes}. */
    private final Map<Key, Entry> entries = new LinkedHashMap<>();

    private long bytes;

    private record Key(String caller, String key) {}

    private static final class Entry {
        private final byte[] fingerprint;
        private final long begunNanos;
        private @Nullable KeptAnswer answer;

        Entry(byte[] fingerprint, long begunNanos) {
            this.fingerprint = fingerprint;
            this.begunNanos = begunNanos;
        }

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
     */
    public Begun begin(Caller caller, String key, byte[] fingerprint) {
        Key of = new Key(caller.id(), Names.requireId(unquoted(key), FIELD));
        long now = ticker.nanos();
        synchronized (entries) {
            expire(now);
            Entry earlier = entries.get(of);
            if (earlier == null) {
                Entry entry = new Entry(fingerprint.clone(), now);
                entries.put(of, entry);
                bytes += entry.bytes();
                evict(entry);
                return new Begun(new OneTurn(of, entry), null);
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

    private static String unquoted(String key) {
        return key.length() > 2 && key.startsWith("\"") && key.endsWith("\"")
                ? key.substring(1, key.length() - 1)
                : key;
    }

    private void expire(long now) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (now - entry.begunNanos < windowNanos) {
                return;
            }
            bytes -= entry.bytes();
            oldest.remove();
        }
    }

    /** Makes room by forgetting the oldest, but for one. */
    private void evict(Entry but) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (bytes > capacity && oldest.hasNext()) {
            Entry entry = oldest.next();
            if (!entry.equals(but)) {
                bytes -= entry.bytes();
                oldest.remove();
                count(Event.EVICTED);
            }
        }
    }

    private void count(Event event) {
        Meters.IDEMPOTENCY
                .counter(meters, event.name().toLowerCase(Locale.ROOT))
                .increment();
    }

    /** Returns the bytes that are taken. */
    long bytes() {
        synchronized (entries) {
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
            synchronized (entries) {
                if (!isMine() || entry.answer != null) {
                    return;
                }
                entry.answer = answer;
                bytes += answer.body().length();
                if (entry.bytes() > capacity) {
                    remove();
                    count(Event.EVICTED);
                } else {
                    evict(entry);
                    count(Event.STORED);
                }
            }
        }

        @Override
        public void forget() {
            synchronized (entries) {
                if (isMine() && entry.answer == null) {
                    remove();
                }
            }
        }

        private boolean isMine() {
            return entry.equals(entries.get(key));
        }

        private void remove() {
            bytes -= entry.bytes();
            entries.remove(key);
        }
    }
}
