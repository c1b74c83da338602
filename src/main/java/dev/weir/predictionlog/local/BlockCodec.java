package dev.weir.predictionlog.local;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.StoredEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A block, whose body was read but not decoded.
 *
 * <p>The body, version 1: a byte with the version; the number of contexts, and each behind its length ({@link ContextCodec});
 * the number of entries; of each, what it says behind its length ({@link EntryCodec}), a byte with the kind of its payload
 * (0: there is none, 1: it is kept, 2: it was erased), with a payload its digest, and if it is kept its salt and its bytes
 * behind their length. The digest is that of salt and bytes. The bytes are those of {@link #payload}, sealed.
 *
 * <p>Later versions of Weir may add fields, and kinds of entries, to version 1; what else changes is another version.
 * Immutable.
 */
final class BlockCodec {

    static final int VERSION = 1;

    static final int SALT_BYTES = 16;

    static final int NO_PAYLOAD = 0;
    static final int KEPT = 1;
    static final int GONE = 2;

    private final byte[] body;
    private final int contextsEnd;
    private final List<RecordContext> contexts;
    private final List<Slice> slices;

    /**
     * Where an entry stands in the body.
     *
     * @param from where what it says begins
     * @param length how many bytes that takes
     * @param payload the kind of its payload
     * @param digestFrom where the digest begins, if there is a payload
     * @param storedLength how many bytes the payload takes, if it is kept
     */
    record Slice(int from, int length, int payload, int digestFrom, int storedLength) {

        boolean hasPayload() {
            return payload != NO_PAYLOAD;
        }

        int saltFrom() {
            return digestFrom + Digests.BYTES;
        }

        int storedFrom() {
            return saltFrom() + SALT_BYTES + lengthBytes(storedLength);
        }
    }

    private static int lengthBytes(int length) {
        return length == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(length)) / 7;
    }

    private BlockCodec(byte[] body, int contextsEnd, List<RecordContext> contexts, List<Slice> slices) {
        this.body = body;
        this.contextsEnd = contextsEnd;
        this.contexts = contexts;
        this.slices = slices;
    }

    /**
     * Looks at the body of a block.
     *
     * @throws UnreadableBlock when it is none, or one of a later version
     */
    static BlockCodec of(byte[] body) {
        try {
            ByteInput in = new ByteInput(body);
            int version = in.octet();
            if (version != VERSION) {
                throw new UnreadableBlock("a block has version " + version + "; known is " + VERSION);
            }
            int contextCount = in.count();
            List<RecordContext> contexts = new ArrayList<>(contextCount);
            for (int i = 0; i < contextCount; i++) {
                int length = in.count();
                contexts.add(ContextCodec.read(new ByteInput(body, in.skip(length), length)));
            }
            int contextsEnd = in.position();
            int count = in.count();
            List<Slice> slices = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                slices.add(slice(in));
            }
            if (in.remaining() > 0) {
                throw new UnreadableBlock("a block has more bytes than entries");
            }
            return new BlockCodec(body, contextsEnd, List.copyOf(contexts), slices);
        } catch (UnreadableBlock e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnreadableBlock("a block holds what no field of a context may", e);
        }
    }

    private static Slice slice(ByteInput in) {
        int length = in.count();
        int from = in.skip(length);
        int kind = in.octet();
        return switch (kind) {
            case NO_PAYLOAD -> new Slice(from, length, kind, 0, 0);
            case KEPT -> {
                int digest = in.skip(Digests.BYTES);
                in.skip(SALT_BYTES);
                int stored = in.count();
                Slice slice = new Slice(from, length, kind, digest, stored);
                if (in.skip(stored) != slice.storedFrom()) {
                    throw new UnreadableBlock("the length of a payload takes more bytes than it needs");
                }
                yield slice;
            }
            case GONE -> new Slice(from, length, kind, in.skip(Digests.BYTES), 0);
            default -> throw new UnreadableBlock("a block has a payload of an unknown kind");
        };
    }

    byte[] body() {
        return body;
    }

    int contextsEnd() {
        return contextsEnd;
    }

    List<RecordContext> contexts() {
        return contexts;
    }

    List<Slice> slices() {
        return slices;
    }

    int count() {
        return slices.size();
    }

    /** Returns what an entry says, as bytes. */
    ByteInput facts(int index) {
        Slice slice = slices.get(index);
        return new ByteInput(body, slice.from(), slice.length());
    }

    /**
     * Decodes an entry.
     *
     * @param wanted decides by what an entry says beside its payload
     * @return null when it is not wanted, or of a kind that a later version added
     * @throws UnreadableBlock when it is damaged
     * @throws IllegalStateException when its payload can't be opened now
     */
    @Nullable
    StoredEntry entry(int index, String replica, Position position, PayloadSeal seal, Predicate<LogEntry> wanted) {
        EntryCodec.Facts facts = facts(index, contexts);
        if (facts == null || !wanted.test(facts.entry())) {
            return null;
        }
        LogEntry entry =
                switch (facts.entry()) {
                    case GapRecord gap -> gap;
                    case PredictionRecord record -> withPayload(record, slices.get(index), seal);
                };
        return new StoredEntry(replica, position, facts.acknowledged(), entry);
    }

    private EntryCodec.@Nullable Facts facts(int index, List<RecordContext> known) {
        try {
            return EntryCodec.read(facts(index), known);
        } catch (UnreadableBlock e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnreadableBlock("an entry holds what no field of one may", e);
        }
    }

    private PredictionRecord withPayload(PredictionRecord record, Slice slice, PayloadSeal seal) {
        return switch (slice.payload()) {
            case NO_PAYLOAD -> record;
            case GONE -> EntryCodec.with(record, true, null, null);
            default -> {
                byte[] stored = Arrays.copyOfRange(body, slice.storedFrom(), slice.storedFrom() + slice.storedLength());
                byte[] opened;
                try {
                    opened = seal.open(record.id(), record.subjectKey(), stored);
                } catch (IllegalStateException e) {
                    if (!new Digests().isIntact(slice, body)) {
                        throw new UnreadableBlock("a payload is not the one that was written", e);
                    }
                    throw e;
                }
                yield opened == null ? EntryCodec.with(record, true, null, null) : opened(record, opened);
            }
        };
    }

    private static PredictionRecord opened(PredictionRecord record, byte[] payload) {
        ByteInput in = new ByteInput(payload);
        PackedTensors inputs = tensors(in);
        PackedTensors outputs = tensors(in);
        return EntryCodec.with(record, false, inputs, outputs);
    }

    private static @Nullable PackedTensors tensors(ByteInput in) {
        long length = in.number();
        return length == 0 ? null : PackedTensors.ofBytes(in.raw(in.lengthOf(length - 1)));
    }

    /** Returns a payload as bytes: inputs and outputs, each behind its length plus 1, or behind 0 when it is not there. */
    static byte @Nullable [] payload(Payload payload) {
        if (payload.inputs() == null && payload.outputs() == null) {
            return null;
        }
        ByteOutput out = new ByteOutput(payload.bytes() + 10);
        write(out, payload.inputs());
        write(out, payload.outputs());
        return out.toByteArray();
    }

    private static void write(ByteOutput out, @Nullable PackedTensors tensors) {
        if (tensors == null) {
            out.number(0);
        } else {
            out.number(tensors.bytes() + 1L);
            out.raw(tensors.toBytes());
        }
    }
}
