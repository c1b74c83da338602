package dev.weir.profile;

import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.ColumnSchema;
import dev.hardwood.schema.FileSchema;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A Parquet file of flat columns, uncompressed or compressed with Snappy or gzip. Null is no value, NaN is NaN. */
final class ParquetTable implements TrainingTable {

    private final HardwoodContext context = HardwoodContext.create(1);
    private final ParquetFileReader file;
    private final List<String> columns;
    private @Nullable RowReader rows;

    /**
     * Opens a file.
     *
     * @param wanted the columns to read, if there are such; null for all
     * @throws RequestRejected when it can't be read within the limits
     */
    ParquetTable(Path path, @Nullable Set<String> wanted, ProfileLimits limits) throws IOException {
        @Nullable ParquetFileReader opened = null;
        try (ParquetBounds bounds = new ParquetBounds(path)) {
            bounds.requireFooter();
            opened = ParquetFileReader.open(InputFile.of(path), context);
            FileSchema schema = opened.getFileSchema();
            columns = columns(opened, wanted);
            requireColumns(columns.size());
            bounds.requirePages(
                    opened.getFileMetaData(),
                    schema.getColumns().stream().map(ColumnSchema::type).toList(),
                    IntStream.range(0, schema.getColumns().size())
                            .filter(i -> columns.contains(schema.getColumn(i).name()))
                            .boxed()
                            .toList(),
                    limits);
            file = opened;
        } catch (IOException | RuntimeException | ThriftWalk.Malformed e) {
            if (opened != null) {
                opened.close();
            }
            context.close();
            throw e instanceof RequestRejected rejected ? rejected : unreadable();
        }
    }

    private static void requireColumns(int columns) {
        if (columns > ProfileLimits.COLUMNS) {
            throw ProfileLimits.tooManyColumns();
        }
    }

    private static List<String> columns(ParquetFileReader file, @Nullable Set<String> wanted) {
        FileSchema schema = file.getFileSchema();
        boolean flat = schema.isFlatSchema()
                && schema.getColumns().stream().noneMatch(c -> c.repetitionType() == RepetitionType.REPEATED);
        if (!flat) {
            throw TrainingTable.refused(
                    FailureCode.MALFORMED_BODY, "the training data have nested columns; write flat ones");
        }
        List<String> names =
                schema.getColumns().stream().map(ColumnSchema::name).toList();
        CsvTable.requireDistinct(names);
        // The reader takes a dot in a name for a step into a column, and there are no steps; so it reads all of these.
        return wanted == null || names.stream().anyMatch(name -> name.contains("."))
                ? names
                : names.stream().filter(wanted::contains).toList();
    }

    private static RequestRejected unreadable() {
        return TrainingTable.refused(
                FailureCode.MALFORMED_BODY,
                "the training data can't be read as Parquet; compression may be none, Snappy or gzip");
    }

    private RowReader rows() {
        RowReader open = rows;
        if (open == null) {
            boolean all = columns.size() == file.getFileSchema().getColumns().size();
            open = file.buildRowReader()
                    .projection(all ? ColumnProjection.all() : ColumnProjection.columns(columns.toArray(String[]::new)))
                    .build();
            rows = open;
        }
        return open;
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public boolean next() {
        try {
            RowReader open = rows();
            if (!open.hasNext()) {
                return false;
            }
            open.next();
            return true;
        } catch (RuntimeException e) {
            throw unreadable();
        }
    }

    @Override
    public @Nullable Object cell(int column) {
        try {
            RowReader open = rows();
            Object value = open.isNull(column) ? null : open.getValue(column);
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
                case byte[] bytes -> CsvTable.requireCell(new String(bytes, StandardCharsets.UTF_8));
                default -> CsvTable.requireCell(value.toString());
            };
        } catch (RequestRejected e) {
            throw e;
        } catch (RuntimeException e) {
            throw unreadable();
        }
    }

    @Override
    public void close() throws IOException {
        try (context;
                file) {
            if (rows != null) {
                rows.close();
            }
        }
    }
}
