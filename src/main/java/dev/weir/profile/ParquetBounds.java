package dev.weir.profile;

import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.PhysicalType;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.profile.ThriftWalk.Malformed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks through a Parquet file before its reader does, who takes as much memory as the file says it will need: first the
 * footer, then the head of every page that will be read. Not thread-safe.
 */
final class ParquetBounds implements AutoCloseable {

    /** The largest footer in bytes. */
    static final int MAX_FOOTER = 8 << 20;

    /** The largest page in bytes, packed or not. */
    static final int MAX_PAGE = 16 << 20;

    /** The most pages of all columns together. */
    static final int MAX_PAGES = 1 << 18;

    private static final int MAX_ENTRIES = 1 << 18;
    private static final int MAX_HEAD = 1 << 20;
    private static final int TAIL = 8;

    /** How many pages the reader unpacks ahead in each column, and how many batches of values it keeps. */
    private static final int PAGES_AHEAD = 8;

    private static final int BATCHES = 3;
    private static final int MIN_BATCH = 1 << 14;
    private static final int MAX_BATCH = 1 << 19;
    private static final long ROWS_BYTES = 6L << 20;
    private static final int TEXT = 40;

    /** What a value takes beside its bytes, in a page or in a dictionary. */
    private static final int VALUE = 24;

    private static final int DICTIONARY_PAGE = 2;

    /** The offset of a page in an index, of whose list of pages it is the first field. */
    private static final long INDEX_PLACE = ThriftWalk.STEP + 1L;

    /** Plain, dictionary, bit-packed, streams split by bytes: what takes no more memory than it says. */
    private static final Set<Long> ENCODINGS = Set.of(0L, 2L, 3L, 4L, 8L, 9L);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes;
    private int pages;

    ParquetBounds(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Checks the footer, so that it can be read.
     *
     * @throws RequestRejected when it is too large
     * @throws Malformed when it is none
     */
    void requireFooter() throws Malformed {
        if (bytes.byteSize() < 4 + TAIL) {
            throw new Malformed("cut short");
        }
        long end = bytes.byteSize() - TAIL;
        int length = bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), end);
        if (length < 0 || length > end - 4) {
            throw new Malformed("no footer");
        }
        requireAtMost(
                MAX_FOOTER, length, "the training data have a Parquet footer of more than " + MAX_FOOTER + " bytes");
        new ThriftWalk(bytes, end - length, end, MAX_ENTRIES, (_, _) -> {}).walk();
    }

    /**
     * Checks the pages of columns, and what reading them takes.
     *
     * @param columns the places of the columns
     * @param limits the most rows, and the most memory
     * @throws RequestRejected naming the limit that is passed
     * @throws Malformed when the pages are not as the footer says
     */
    void requirePages(FileMetaData footer, List<PhysicalType> types, List<Integer> columns, ProfileLimits limits)
            throws Malformed {
        long batch = batch(types, columns);
        long memory = 0;
        for (int column : columns) {
            Held held = new Held();
            for (var group : footer.rowGroups()) {
                if (column >= group.columns().size()) {
                    throw new Malformed("a group of rows lacks columns");
                }
                chunk(group.columns().get(column), limits, held);
            }
            memory += held.bytes() + BATCHES * batch * width(types.get(column));
        }
        requireAtMost(
                limits.memory(),
                memory,
                "to read the training data would take more than " + limits.memory()
                        + " bytes of memory; fewer rows will do");
    }

    /** What the reader holds of a column at a time, at most. */
    private static final class Held {
        private long dictionary;
        private long page;
        private long pages;

        long bytes() {
            return dictionary + page * Math.min(pages, PAGES_AHEAD);
        }
    }

    private static long batch(List<PhysicalType> types, List<Integer> columns) {
        long row = Math.max(
                1,
                columns.stream().mapToLong(column -> width(types.get(column))).sum());
        return Math.clamp(ROWS_BYTES / row, MIN_BATCH, MAX_BATCH);
    }

    private static long width(PhysicalType type) {
        return switch (type) {
            case BOOLEAN, INT32, FLOAT, INT64, DOUBLE -> Long.BYTES;
            case INT96, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> TEXT;
        };
    }

    private void chunk(ColumnChunk chunk, ProfileLimits limits, Held held) throws Malformed {
        if (chunk.metaData() == null) {
            throw new Malformed("a column without metadata");
        }
        long start = chunk.chunkStartOffset();
        long size = chunk.metaData().totalCompressedSize();
        if (start < 4 || size < 0 || start > bytes.byteSize() || size > bytes.byteSize() - start) {
            throw new Malformed("a column outside the file");
        }
        requireRows(limits, chunk.metaData().numValues());
        Set<Long> places = new HashSet<>();
        long values = 0;
        for (long at = start; at < start + size && values < chunk.metaData().numValues(); ) {
            places.add(at);
            Map<Long, Long> head = new HashMap<>();
            long body = new ThriftWalk(bytes, at, Math.min(start + size, at + MAX_HEAD), MAX_ENTRIES, (path, value) -> {
                        if (path > 0 && head.put(path, (long) (int) value) != null) {
                            throw new Malformed("a page whose head says a thing twice");
                        }
                    })
                    .walk();
            long packed = page(head, limits, held);
            if (packed > start + size - body) {
                throw new Malformed("a page outside its column");
            }
            values += values(head);
            at = body + packed;
        }
        if (chunk.offsetIndexOffset() != null) {
            index(chunk, places);
        }
    }

    /** Checks a page's head and returns how many bytes follow it. */
    private long page(Map<Long, Long> head, ProfileLimits limits, Held held) throws Malformed {
        pages++;
        requireAtMost(MAX_PAGES, pages, "the training data have more than " + MAX_PAGES + " pages");
        long unpacked = count(head, 2);
        long packed = count(head, 3);
        requireAtMost(
                MAX_PAGE,
                Math.max(unpacked, packed),
                "the training data have a page of more than " + MAX_PAGE + " bytes");
        for (long encoding : List.of(5002L, 7002L, 8004L)) {
            if (!ENCODINGS.contains(head.getOrDefault(encoding, 0L))) {
                throw TrainingTable.refused(
                        FailureCode.MALFORMED_BODY, "the training data have an encoding but plain and dictionary");
            }
        }
        long values = values(head);
        requireRows(limits, values);
        long entries = count(head, 7001);
        long levels = count(head, 8005) + count(head, 8006);
        if (entries > unpacked || levels > Math.min(packed, unpacked)) {
            throw new Malformed("a page that can't be");
        }
        if (head.getOrDefault(1L, 0L) == DICTIONARY_PAGE) {
            held.dictionary = Math.max(held.dictionary, 2 * unpacked + VALUE * entries);
        } else {
            held.pages++;
            held.page = Math.max(held.page, 2 * unpacked + VALUE * values);
        }
        return packed;
    }

    /** The reader follows the index where there is one, so it must lead to the pages that were looked at. */
    private void index(ColumnChunk chunk, Set<Long> places) throws Malformed {
        Long start = chunk.offsetIndexOffset();
        Integer size = chunk.offsetIndexLength();
        if (start == null || size == null || start < 0 || size < 0 || start > bytes.byteSize() - size) {
            throw new Malformed("an index outside the file");
        }
        new ThriftWalk(bytes, start, start + size, MAX_PAGES, (path, value) -> {
                    if (path == INDEX_PLACE && !places.contains(value)) {
                        throw new Malformed("an index that leads elsewhere");
                    }
                })
                .walk();
    }

    private static long values(Map<Long, Long> head) throws Malformed {
        return Math.max(count(head, 5001), count(head, 8001));
    }

    private static long count(Map<Long, Long> head, long path) throws Malformed {
        long count = head.getOrDefault(path, 0L);
        if (count < 0) {
            throw new Malformed("a count below zero");
        }
        return count;
    }

    private static void requireRows(ProfileLimits limits, long rows) {
        requireAtMost(
                limits.rows(), rows, "the training data have more than " + limits.rows() + " rows; a sample will do");
    }

    private static void requireAtMost(long most, long actual, String message) {
        if (actual > most) {
            throw new RequestRejected(FailureCode.LIMIT_EXCEEDED, message, TrainingTable.FIELD, most);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
