package dev.weir.predictionlog;

/**
 * A place in the log of one replica. Positions of one replica grow in the order of commits.
 *
 * @param incarnation the start of the replica that wrote it, 1 or more
 * @param segment the number of the segment it stands in, 1 or more, growing over incarnations
 * @param seq its number within the incarnation, 1 or more, without holes
 */
public record Position(long incarnation, long segment, long seq) implements Comparable<Position> {

    /** Before everything. */
    public static final Position START = new Position(0, 0, 0);

    @Override
    public int compareTo(Position other) {
        int order = Long.compare(incarnation, other.incarnation);
        return order != 0 ? order : Long.compare(seq, other.seq);
    }
}
