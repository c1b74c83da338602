package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of a CSV document, one after the other, each with the line it begins on. Blank lines at the end do not
 * count; others are records with one empty cell.
 */
final class CsvLines {

    private record Line(int number, List<@Nullable String> cells, int size) {}

    private final CsvParser parser;
    private final int kept;
    private Line current = new Line(0, List.of(), 0);
    private @Nullable Line afterBlanks;
    private int blanks;
    private int nextNumber = 1;

    /**
     * Reads with a parser that stands before the first token.
     *
     * @param kept how many cells of a record to keep; further ones are only counted
     */
    CsvLines(CsvParser parser, int kept) {
        this.parser = parser;
        this.kept = kept;
    }

    /** Moves to the next record; false at the end. */
    boolean next() throws IOException {
        if (blanks > 0) {
            blanks--;
            current = new Line(current.number() + 1, current.cells(), 1);
            return true;
        }
        if (afterBlanks != null) {
            current = afterBlanks;
            afterBlanks = null;
            return true;
        }
        Line first = read();
        if (first == null || !isBlank(first)) {
            current = first == null ? current : first;
            return first != null;
        }
        int skipped = 0;
        Line line = first;
        while (line != null && isBlank(line)) {
            skipped++;
            line = read();
        }
        current = first;
        afterBlanks = line;
        blanks = skipped - 1;
        return line != null;
    }

    private static boolean isBlank(Line line) {
        return line.size() == 1 && line.cells().getFirst() == null;
    }

    private @Nullable Line read() throws IOException {
        if (parser.nextToken() == null) {
            return null;
        }
        int number = nextNumber;
        List<@Nullable String> cells = new ArrayList<>();
        int size = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (size < kept) {
                cells.add(token == JsonToken.VALUE_NULL ? null : parser.getText());
            }
            size++;
        }
        nextNumber = parser.currentLocation().getLineNr();
        return new Line(number, cells, size);
    }

    /** Returns the record's first cells; null stands for an empty one without quotes. */
    List<@Nullable String> cells() {
        return Collections.unmodifiableList(current.cells());
    }

    /** Returns how many cells the record has. */
    int size() {
        return current.size();
    }

    /** Returns the number of the line it begins on, from 1. */
    int number() {
        return current.number();
    }
}
