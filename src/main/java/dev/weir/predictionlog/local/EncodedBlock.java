package dev.weir.predictionlog.local;

/**
 * A block as it is written.
 *
 * @param firstSeq the number of its first entry
 * @param count its entries
 * @param minMillis no entry's time is before; its times are those of its id and of its start, or of a gap's ends
 * @param maxMillis no entry's time is after, but for parts of a millisecond
 * @param committedMillis when it was written
 * @param head the chain's head with it
 * @param keys {@link KeyHash the hashes of what it is looked up by}, sorted, 8 bytes each
 * @param body as {@link BlockCodec} has it
 */
record EncodedBlock(
        long firstSeq,
        int count,
        long minMillis,
        long maxMillis,
        long committedMillis,
        byte[] head,
        byte[] keys,
        byte[] body) {

    /** Returns the number of its last entry. */
    long lastSeq() {
        return firstSeq + count - 1;
    }

    /** Returns roughly what it takes of the disk. */
    long bytes() {
        return body.length + keys.length + 128L;
    }
}
