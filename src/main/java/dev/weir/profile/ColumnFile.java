package dev.weir.profile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Numbers of a table, kept on disk so that they can be read again by column: blocks of {@value #BLOCK} rows, in each of
 * which a column stands in one piece. Not thread-safe.
 */
final class ColumnFile implements AutoCloseable {

    /** What stands for no value: a NaN that no arithmetic makes. */
    static final long MISSING = 0x7ff8_dead_dead_deadL;

    private static final int BLOCK = 1024;
    private static final int PIECE = BLOCK * Long.BYTES;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer[] block;
    private int rows;

    ColumnFile(Path directory, int columns) throws IOException {
        path = Files.createTempFile(directory, "columns", ".bin");
        channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        block = new ByteBuffer[columns];
        for (int i = 0; i < columns; i++) {
            block[i] = ByteBuffer.allocate(PIECE);
        }
    }

    int rows() {
        return rows;
    }

    /** Sets a value of the row that {@link #endRow} ends. */
    void set(int column, double value) {
        setBits(column, Double.doubleToLongBits(value));
    }

    void setMissing(int column) {
        setBits(column, MISSING);
    }

    private void setBits(int column, long bits) {
        block[column].putLong(rows % BLOCK * Long.BYTES, bits);
    }

    void endRow() throws IOException {
        rows++;
        if (rows % BLOCK == 0) {
            flush((rows - 1) / BLOCK);
        }
    }

    /** Writes what is not written yet; no row comes after this. */
    void end() throws IOException {
        if (rows % BLOCK != 0) {
            flush(rows / BLOCK);
        }
    }

    private void flush(int number) throws IOException {
        long at = position(number, 0);
        for (ByteBuffer piece : block) {
            piece.clear();
            while (piece.hasRemaining()) {
                at += channel.write(piece, at);
            }
        }
    }

    private long position(int number, int column) {
        return ((long) number * block.length + column) * PIECE;
    }

    /** Returns the bits of a column's values, {@link #MISSING} among them. */
    long[] column(int column) throws IOException {
        long[] values = new long[rows];
        for (int number = 0; number * BLOCK < rows; number++) {
            int count = Math.min(BLOCK, rows - number * BLOCK);
            piece(number, column).get(values, number * BLOCK, count);
        }
        return values;
    }

    /** Says how many blocks of rows there are. */
    int blocks() {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Returns the values of one column in one block of rows; what is missing is NaN. */
    double[] values(int number, int column) throws IOException {
        int count = Math.min(BLOCK, rows - number * BLOCK);
        LongBuffer bits = piece(number, column);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Double.longBitsToDouble(bits.get(i));
        }
        return values;
    }

    private LongBuffer piece(int number, int column) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        long at = position(number, column);
        while (piece.hasRemaining()) {
            int read = channel.read(piece, at + piece.position());
            if (read < 0) {
                throw new IOException("the file of columns was cut short");
            }
        }
        return piece.flip().asLongBuffer();
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
