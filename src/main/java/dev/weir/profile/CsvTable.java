package dev.weir.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CSV as RFC 4180 has it, in UTF-8, with a line of column names. An empty cell is no value. */
final class CsvTable implements TrainingTable {

    /** The most characters of a cell, and of a row. */
    private static final int MAX_CELL = 1 << 20;

    private static final int MAX_ROW = 4 << 20;
    private static final int MAX_COLUMNS = 1 << 16;

    private static final CsvFactory CSV = CsvFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxStringLength(MAX_CELL).build())
            .enable(CsvParser.Feature.EMPTY_STRING_AS_NULL)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .build();

    private final CsvParser parser;
    private final List<String> columns;
    private final List<@Nullable String> row = new ArrayList<>();
    private long rows;

    CsvTable(Path file) throws IOException {
        parser = CSV.createParser(new InputStreamReader(
                Files.newInputStream(file),
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)));
        parser.setSchema(CsvSchema.emptySchema());
        boolean opened = false;
        try {
            columns = header();
            opened = true;
        } finally {
            if (!opened) {
                parser.close();
            }
        }
    }

    private List<String> header() throws IOException {
        if (!read()) {
            throw TrainingTable.refused(FailureCode.MALFORMED_BODY, "the training data are empty");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            String name = row.get(i);
            if (name == null) {
                names.add(""); // an index that pandas wrote
            } else {
                names.add(i == 0 && name.startsWith("\uFEFF") ? name.substring(1) : name.strip());
            }
        }
        requireDistinct(names);
        return List.copyOf(names);
    }

    /** Refuses names that occur twice, which say nothing about which column is meant. */
    static void requireDistinct(List<String> names) {
        if (new HashSet<>(names).size() != names.size()) {
            throw TrainingTable.refused(FailureCode.MALFORMED_BODY, "the training data name a column twice");
        }
    }

    /** Refuses a cell that is too long. */
    static String requireCell(String cell) {
        if (cell.length() > MAX_CELL) {
            throw tooLong();
        }
        return cell;
    }

    private static RequestRejected tooLong() {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED,
                "a cell of the training data has more than " + MAX_CELL + " characters",
                FIELD,
                (long) MAX_CELL);
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public boolean next() throws IOException {
        if (!read()) {
            return false;
        }
        rows++;
        if (row.size() != columns.size()) {
            throw TrainingTable.refused(
                    FailureCode.MALFORMED_BODY,
                    "row " + rows + " of the training data has " + row.size() + " cells, but there are "
                            + columns.size() + " columns");
        }
        return true;
    }

    private boolean read() throws IOException {
        try {
            if (parser.nextToken() == null) {
                return false;
            }
            row.clear();
            int length = 0;
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (row.size() == MAX_COLUMNS) {
                    throw new RequestRejected(
                            FailureCode.LIMIT_EXCEEDED,
                            "the training data have more than " + MAX_COLUMNS + " columns",
                            FIELD,
                            (long) MAX_COLUMNS);
                }
                String cell = token == JsonToken.VALUE_NULL ? null : parser.getText();
                length += cell == null ? 0 : cell.length();
                if (length > MAX_ROW) {
                    throw new RequestRejected(
                            FailureCode.LIMIT_EXCEEDED,
                            "a row of the training data has more than " + MAX_ROW + " characters",
                            FIELD,
                            (long) MAX_ROW);
                }
                row.add(cell);
            }
            return true;
        } catch (StreamConstraintsException e) {
            throw tooLong();
        } catch (JsonProcessingException e) {
            throw TrainingTable.refused(
                    FailureCode.MALFORMED_BODY, "row " + (rows + 1) + " of the training data is no CSV");
        } catch (CharacterCodingException | CharConversionException e) {
            throw TrainingTable.refused(FailureCode.INVALID_UTF8, "the training data are neither Parquet nor UTF-8");
        }
    }

    @Override
    public @Nullable Object cell(int column) {
        return row.get(column);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
