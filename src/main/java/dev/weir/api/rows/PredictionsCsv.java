package dev.weir.api.rows;

import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import dev.weir.api.http.BufferStream;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Writes an answer as CSV: a header line, then one line for each row. Scores are named by their labels, as long as that
 * leaves every name distinct.
 */
final class PredictionsCsv {

    private static final CsvFactory FACTORY = new CsvFactory();

    private PredictionsCsv() {}

    /** Says whether an answer has a CSV form: no output has rows of more than one axis. */
    static boolean isFlat(AnswerTable table) {
        return table.columns().stream().allMatch(column -> column.rowRank() <= 1);
    }

    /**
     * Writes a flat answer.
     *
     * @throws dev.weir.failure.PredictionFailed when an output is not text
     */
    static Buffer write(AnswerTable table, int rows) {
        BufferStream out = new BufferStream();
        try (Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                CsvGenerator csv = FACTORY.createGenerator(text)) {
            csv.enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING);
            csv.writeStartArray();
            for (String name : header(table)) {
                csv.writeString(name);
            }
            csv.writeEndArray();
            for (int row = 0; row < rows; row++) {
                csv.writeStartArray();
                for (AnswerTable.Column column : table.columns()) {
                    for (int i = 0; i < column.rowElements(); i++) {
                        column.element(csv, row * column.rowElements() + i);
                    }
                }
                csv.writeEndArray();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.buffer();
    }

    private static List<String> header(AnswerTable table) {
        List<String> names = header(table, false);
        return new HashSet<>(names).size() == names.size() ? names : header(table, true);
    }

    private static List<String> header(AnswerTable table, boolean qualified) {
        List<String> names = new ArrayList<>();
        for (AnswerTable.Column column : table.columns()) {
            if (column.isScalar()) {
                names.add(column.name());
                continue;
            }
            boolean labelled = column.labels().size() == column.rowElements();
            for (int i = 0; i < column.rowElements(); i++) {
                String element = labelled ? column.labels().get(i) : Integer.toString(i);
                names.add(labelled && !qualified ? element : column.name() + "_" + element);
            }
        }
        return names;
    }
}
