package dev.weir.profile;

import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.FileSchema;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Parquet file of flat columns, uncompressed or compressed with Snappy or gzip. Null is no value, NaN is NaN. */
final class ParquetTable implements TrainingTable {

    /** What a file of a few bytes may claim to unpack to. */
    private static final long MAX_UNPACKED_BYTES = 4L << 30;

    private final HardwoodContext context = HardwoodContext.create(1);
    private final ParquetFileReader file;
    private final RowReader rows;
    private final List<String> columns;

    ParquetTable(Path path) throws IOException {
        @Nullable ParquetFileReader opened = null;
        try {
            opened = ParquetFileReader.open(InputFile.of(path), context);
            columns = columns(opened);
            rows = opened.rowReader();
            file = opened;
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            context.close();
            throw e instanceof RequestRejected rejected ? rejected : unreadable();
        }
    }

    private static List<String> columns(ParquetFileReader file) {
        FileSchema schema = file.getFileSchema();
        boolean flat = schema.isFlatSchema()
                && schema.getColumns().stream().noneMatch(c -> c.repetitionType() == RepetitionType.REPEATED);
        if (!flat) {
            throw TrainingTable.refused(
                    FailureCode.MALFORMED_BODY, "the training data have nested columns; write flat ones");
        }
        long unpacked = file.getFileMetaData().rowGroups().stream()
                .flatMap(group -> group.columns().stream())
                .mapToLong(chunk -> chunk.metaData().totalUncompressedSize())
                .sum();
        if (unpacked > MAX_UNPACKED_BYTES) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED,
                    "the training data unpack to more than " + MAX_UNPACKED_BYTES + " bytes",
                    FIELD,
                    MAX_UNPACKED_BYTES);
        }
        List<String> names =
                schema.getColumns().stream().map(column -> column.name()).toList();
        CsvTable.requireDistinct(names);
        return names;
    }

    private static RequestRejected unreadable() {
        return TrainingTable.refused(
                FailureCode.MALFORMED_BODY,
                "the training data can't be read as Parquet; compression may be none, Snappy or gzip");
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public boolean next() {
        try {
            if (!rows.hasNext()) {
                return false;
            }
            rows.next();
            return true;
        } catch (RuntimeException e) {
            throw unreadable();
        }
    }

    @Override
    public @Nullable Object cell(int column) {
        try {
            Object value = rows.isNull(column) ? null : rows.getValue(column);
            return switch (value) {
                case null -> null;
                case Double number -> number;
                case Float number -> (double) number;
                case Long number -> number;
                case Integer number -> (long) number;
                case Short number -> (long) number;
                case Byte number -> (long) number;
                case BigDecimal number -> number.doubleValue();
                case Boolean truth -> truth;
                case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
                default -> value.toString();
            };
        } catch (RuntimeException e) {
            throw unreadable();
        }
    }

    @Override
    public void close() throws IOException {
        try (context;
                file) {
            rows.close();
        }
    }
}
