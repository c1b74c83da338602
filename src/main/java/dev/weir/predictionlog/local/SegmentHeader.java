package dev.weir.predictionlog.local;

/**
 * What a segment says about itself.
 *
 * @param replica the replica that wrote it
 * @param incarnation the start of that replica
 * @param number its number
 * @param firstSeq the number of the first entry that it has, or will have
 * @param previousHead the chain's head before its first block
 * @param createdMillis when it began
 * @param node the machine's name
 * @param serviceVersion the version of Weir
 * @param closedMillis when the log ended with it, in good order; 0 when it did not
 */
record SegmentHeader(
        String replica,
        long incarnation,
        long number,
        long firstSeq,
        byte[] previousHead,
        long createdMillis,
        String node,
        String serviceVersion,
        long closedMillis) {}
