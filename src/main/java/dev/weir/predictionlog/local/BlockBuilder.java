package dev.weir.predictionlog.local;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.IdentityHashMap;

/** Makes blocks, one after another. Not thread-safe. */
final class BlockBuilder {

    /** Salts are drawn many at a time, because to draw costs more than a salt. */
    private static final int SALTS = 256;

    private static final int KEPT_CAPACITY = 1 << 20;

    private final PayloadSeal seal;
    private final SecureRandom random = new SecureRandom();
    private final byte[] salts = new byte[SALTS * BlockCodec.SALT_BYTES];
    private final Digests digests = new Digests();
    private final ByteOutput facts = new ByteOutput(1 << 10);
    private final IdentityHashMap<RecordContext, Integer> contexts = new IdentityHashMap<>();
    private int nextSalt = SALTS;
    private ByteOutput table = new ByteOutput(1 << 10);
    private ByteOutput entries = new ByteOutput(1 << 16);
    private long[] keys = new long[256];
    private int keyCount;
    private int count;
    private long minMillis;
    private long maxMillis;

    BlockBuilder(PayloadSeal seal) {
        this.seal = seal;
        clear();
    }

    /** Begins another block. */
    void clear() {
        contexts.clear();
        table = emptied(table);
        entries = emptied(entries);
        keyCount = 0;
        count = 0;
        minMillis = Long.MAX_VALUE;
        maxMillis = Long.MIN_VALUE;
    }

    private static ByteOutput emptied(ByteOutput used) {
        if (used.array().length > KEPT_CAPACITY) {
            return new ByteOutput(1 << 16);
        }
        used.clear();
        return used;
    }

    int count() {
        return count;
    }

    int bytes() {
        return entries.size();
    }

    /**
     * Adds a record. If it throws, nothing of it is in the block.
     *
     * @param acknowledged false when its caller was told that it might not be written
     */
    void add(PredictionRecord record, boolean acknowledged) {
        byte[] payload = BlockCodec.payload(record.payload());
        byte[] stored = payload == null ? null : seal.seal(record.id(), record.subjectKey(), payload);
        facts.clear();
        EntryCodec.write(facts, record, context(record.context()), acknowledged);
        long started = record.started().toEpochMilli();
        entries.number(facts.size());
        entries.raw(facts.array(), 0, facts.size());
        if (stored == null) {
            entries.octet(BlockCodec.NO_PAYLOAD);
        } else {
            byte[] salt = salt();
            entries.octet(BlockCodec.KEPT);
            entries.raw(digests.payload(salt, stored));
            entries.raw(salt);
            entries.number(stored.length);
            entries.raw(stored);
        }
        covers(started);
        covers(millis(record));
        key(KeyHash.request(record.requestId().value()));
        for (String id : record.inferenceIds()) {
            key(KeyHash.inference(id));
        }
        count++;
    }

    /** Adds the mark of a gap. */
    void add(GapRecord gap) {
        facts.clear();
        EntryCodec.write(facts, gap);
        entries.number(facts.size());
        entries.raw(facts.array(), 0, facts.size());
        entries.octet(BlockCodec.NO_PAYLOAD);
        covers(gap.from().toEpochMilli());
        covers(gap.to().toEpochMilli());
        count++;
    }

    /** Returns the time that an id was made. */
    static long millis(PredictionRecord record) {
        return record.id().value().getMostSignificantBits() >>> 16;
    }

    private void covers(long millis) {
        minMillis = Math.min(minMillis, millis);
        maxMillis = Math.max(maxMillis, millis);
    }

    private int context(RecordContext context) {
        Integer known = contexts.get(context);
        if (known != null) {
            return known;
        }
        ByteOutput one = new ByteOutput(512);
        ContextCodec.write(one, context);
        table.number(one.size());
        table.raw(one.array(), 0, one.size());
        int index = contexts.size();
        contexts.put(context, index);
        return index;
    }

    private byte[] salt() {
        if (nextSalt == SALTS) {
            random.nextBytes(salts);
            nextSalt = 0;
        }
        int from = nextSalt++ * BlockCodec.SALT_BYTES;
        return Arrays.copyOfRange(salts, from, from + BlockCodec.SALT_BYTES);
    }

    private void key(long hash) {
        if (keyCount == keys.length) {
            keys = Arrays.copyOf(keys, 2 * keys.length);
        }
        keys[keyCount++] = hash;
    }

    /**
     * Returns the block. It must have an entry.
     *
     * @param firstSeq the number of its first entry
     * @param now when it is written
     * @param previous the chain's head before it
     */
    EncodedBlock build(long firstSeq, Instant now, byte[] previous) {
        ByteOutput body = new ByteOutput(table.size() + entries.size() + 16);
        body.octet(BlockCodec.VERSION);
        body.number(contexts.size());
        body.raw(table.array(), 0, table.size());
        body.number(count);
        body.raw(entries.array(), 0, entries.size());
        byte[] bytes = body.toByteArray();
        long committed = now.toEpochMilli();
        return new EncodedBlock(
                firstSeq,
                count,
                minMillis,
                maxMillis,
                committed,
                digests.head(previous, firstSeq, committed, BlockCodec.of(bytes)),
                KeyHash.pack(keys, keyCount),
                bytes);
    }
}
