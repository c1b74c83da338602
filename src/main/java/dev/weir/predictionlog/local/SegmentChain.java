package dev.weir.predictionlog.local;

import dev.weir.predictionlog.Position;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The segments of this incarnation, one after another, and the chain that runs through them. Used by one thread. */
final class SegmentChain {

    private static final Log LOG = Log.of(SegmentChain.class);

    /**
     * When another segment begins.
     *
     * @param bytes roughly the bytes of one
     * @param age its age, once it has an entry
     */
    record Rotation(long bytes, Duration age) {}

    /**
     * Who writes.
     *
     * @param replica the replica
     * @param incarnation its start
     * @param node the machine's name
     * @param serviceVersion the version of Weir
     */
    record Author(String replica, long incarnation, String node, String serviceVersion) {}

    private final LogDirectory directory;
    private final Author author;
    private final Rotation rotation;
    private final LogKeeper keeper;
    private final InstantSource clock;
    private @Nullable SegmentWriter current;
    private long nextNumber;
    private long nextSeq = 1;
    private byte[] head;

    /**
     * Begins an incarnation.
     *
     * @param nextNumber the number of its first segment
     * @param head the chain's head that others left
     */
    SegmentChain(
            LogDirectory directory,
            Author author,
            Rotation rotation,
            LogKeeper keeper,
            InstantSource clock,
            long nextNumber,
            byte[] head) {
        this.directory = directory;
        this.author = author;
        this.rotation = rotation;
        this.keeper = keeper;
        this.clock = clock;
        this.nextNumber = nextNumber;
        this.head = head;
    }

    long nextSeq() {
        return nextSeq;
    }

    byte[] head() {
        return head;
    }

    /** Begins the first segment, with a block if there is one already. */
    void begin(@Nullable EncodedBlock first) throws SQLException, IOException {
        create(first);
        if (first != null) {
            advance(first);
        }
    }

    /** Returns the chain as it is. */
    LogState.Head here() {
        long number = current == null ? nextNumber - 1 : current.header().number();
        return new LogState.Head(new Position(author.incarnation(), number, nextSeq - 1), head);
    }

    private void advance(EncodedBlock block) {
        nextSeq = block.lastSeq() + 1;
        head = block.head();
    }

    private SegmentWriter create(@Nullable EncodedBlock first) throws SQLException, IOException {
        long number = nextNumber++; // whatever comes of it: a number is not used twice
        SegmentWriter fresh = SegmentWriter.create(
                directory,
                new SegmentHeader(
                        author.replica(),
                        author.incarnation(),
                        number,
                        nextSeq,
                        head,
                        clock.millis(),
                        author.node(),
                        author.serviceVersion(),
                        0),
                first);
        current = fresh;
        keeper.began(fresh.file());
        return fresh;
    }

    /** Sees to it that there is a segment to write to: another one, when the last is full or old. */
    void rotate() throws SQLException, IOException {
        SegmentWriter old = current;
        if (old == null) {
            create(null);
        } else if (isOver(old)) {
            // what is in the old one must not be younger than what is in the new one, after a power cut
            try {
                old.sync();
            } catch (SQLException e) {
                // what a power cut takes of it then, the next start finds out
                LOG.error("a segment of the prediction log can't be synced")
                        .with(LogKey.COUNT, old.header().number())
                        .cause(e)
                        .write();
            }
            create(null);
            keeper.ended(old);
        }
    }

    private boolean isOver(SegmentWriter segment) {
        return segment.written() >= rotation.bytes()
                || (!segment.isEmpty()
                        && clock.instant()
                                .isAfter(Instant.ofEpochMilli(segment.header().createdMillis())
                                        .plus(rotation.age())));
    }

    /**
     * Commits a block, after {@link #rotate}. When it throws, the segment is given up, and another one begins with the same
     * numbers.
     */
    LogState.Head write(EncodedBlock block, boolean sync) throws SQLException {
        SegmentWriter segment = current;
        if (segment == null) {
            throw new IllegalStateException("there is no segment to write to");
        }
        boolean written = false;
        try {
            segment.write(block, sync);
            written = true;
        } finally {
            if (!written) {
                giveUp(segment);
            }
        }
        advance(block);
        return here();
    }

    private void giveUp(SegmentWriter segment) {
        current = null;
        try {
            directory.markVoid(segment.header().number(), nextSeq);
        } catch (IOException e) {
            LOG.error("a segment of the prediction log can't be marked as given up")
                    .with(LogKey.COUNT, segment.header().number())
                    .cause(e)
                    .write();
        }
        keeper.ended(segment);
    }

    /** Ends the incarnation. */
    void end(boolean inGoodOrder) throws SQLException {
        SegmentWriter last = current;
        current = null;
        if (last != null) {
            try {
                if (inGoodOrder) {
                    last.end(clock.millis());
                }
            } finally {
                keeper.ended(last);
            }
        }
    }
}
