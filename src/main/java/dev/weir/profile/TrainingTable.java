package dev.weir.profile;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file of training data, read row by row, by one thread. What is wrong with it, its reader says. */
interface TrainingTable extends AutoCloseable {

    /** The part of a registration, and the argument of a command, that holds training data. */
    String FIELD = "training";

    /** Returns the names of the columns, each once. */
    List<String> columns();

    /**
     * Moves to the next row; false at the end.
     *
     * @throws RequestRejected when the file is not what it seems
     */
    boolean next() throws IOException;

    /** Returns a cell of the row: a text, a {@link Double}, a {@link Long}, a {@link Boolean}, or null for no value. */
    @Nullable
    Object cell(int column);

    @Override
    void close() throws IOException;

    /**
     * Opens a file: Parquet if it begins as one, else CSV with a line of names.
     *
     * @param wanted the columns that will be read, if there are such; null for all
     * @throws RequestRejected when it is neither, or passes a limit
     */
    static TrainingTable open(Path file, @Nullable Set<String> wanted, ProfileLimits limits) throws IOException {
        return isParquet(file) ? new ParquetTable(file, wanted, limits) : new CsvTable(file);
    }

    private static boolean isParquet(Path file) throws IOException {
        byte[] magic = "PAR1".getBytes(StandardCharsets.US_ASCII);
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(magic.length), magic);
        }
    }

    /** Returns a refusal of the file. */
    static RequestRejected refused(FailureCode code, String message) {
        return new RequestRejected(code, message, FIELD);
    }
}
