package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.weir.api.ApiConfig;
import dev.weir.api.http.Body;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Utf8;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows from CSV (RFC 4180): one a line, by the names of a header line or by position. By position the elements of
 * an input with a shape stand one after the other. Thread-safe.
 */
final class CsvRows {

    private static final String PLACE = "rows";
    private static final int BYTE_ORDER_MARK = 3;

    private final CsvFactory factory;
    private final int maxNumber;
    private final long maxText;

    CsvRows(ApiConfig limits) {
        this.maxNumber = limits.maxNumber();
        this.maxText = limits.maxString();
        this.factory = CsvFactory.builder()
                .enable(CsvParser.Feature.EMPTY_UNQUOTED_STRING_AS_NULL)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(limits.maxString())
                        .build())
                .build();
    }

    /**
     * Reads a body.
     *
     * @throws RequestRejected when it is no CSV, or no table of this layout
     */
    DecodedRows read(Body body, RowBatch batch, CsvHeader header) {
        Utf8.requireValid(body.bytes(), body.offset(), body.length(), "body");
        int skipped = startsWithMark(body) ? BYTE_ORDER_MARK : 0;
        // A reader, because from bytes the parser would guess the encoding.
        Reader text = new InputStreamReader(
                new ByteArrayInputStream(body.bytes(), body.offset() + skipped, body.length() - skipped),
                StandardCharsets.UTF_8);
        batch.open(ArrayScan.lines(body.bytes(), body.offset(), body.offset() + body.length()), PLACE);
        try (CsvParser parser = factory.createParser(text)) {
            return new Table(batch, parser).read(header);
        } catch (StreamConstraintsException e) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a cell is longer than a string may be", "body", maxText);
        } catch (IOException e) {
            String place = e instanceof JsonProcessingException csv && csv.getLocation() != null
                    ? " (line " + csv.getLocation().getLineNr() + ")"
                    : "";
            throw new RequestRejected(FailureCode.MALFORMED_BODY, "the body is no valid CSV" + place, "body");
        }
    }

    private static boolean startsWithMark(Body body) {
        byte[] bytes = body.bytes();
        int at = body.offset();
        return body.length() >= BYTE_ORDER_MARK
                && bytes[at] == (byte) 0xEF
                && bytes[at + 1] == (byte) 0xBB
                && bytes[at + 2] == (byte) 0xBF;
    }

    /** One body being read. */
    private final class Table {
        private final RowBatch batch;
        private final CsvLines lines;
        private List<Slot> columns;

        Table(RowBatch batch, CsvParser parser) {
            this.batch = batch;
            this.columns = CsvColumns.byPosition(batch.layout());
            this.lines = new CsvLines(parser, columns.size() + 1);
        }

        DecodedRows read(CsvHeader header) throws IOException {
            boolean more = lines.next();
            if (more && header(header)) {
                more = lines.next();
            }
            int rows = 0;
            while (more) {
                row(rows);
                rows++;
                more = lines.next();
            }
            return batch.finish(rows, PLACE);
        }

        /** Takes the first line for a header, if it is one. */
        private boolean header(CsvHeader header) {
            List<Slot> named =
                    switch (header) {
                        case ABSENT -> null;
                        case GUESSED -> CsvColumns.guess(batch.layout(), lines.cells(), lines.size());
                        case PRESENT -> CsvColumns.require(batch, lines.cells());
                    };
            columns = named == null ? columns : named;
            return named != null;
        }

        private void row(int row) {
            try {
                if (lines.size() != columns.size()) {
                    throw new RequestRejected(
                            FailureCode.WRONG_SHAPE, "the row has " + lines.size() + " cells, not " + columns.size());
                }
                for (int cell = 0; cell < columns.size(); cell++) {
                    put(lines.cells().get(cell), columns.get(cell), row);
                }
            } catch (RequestRejected e) {
                String message = "line " + lines.number() + ": " + e.publicMessage();
                RequestRejected placed = new RequestRejected(e.code(), message, e.field(), e.limit());
                batch.refuse(row, placed.at(PLACE + "[" + row + "]"));
            }
        }

        private void put(@Nullable String text, Slot slot, int row) {
            RowTensor into = batch.tensor(slot.tensor());
            try {
                TextCells.put(text, into, into.indexOf(row) + slot.first(), maxNumber);
            } catch (RequestRejected e) {
                throw Faults.of(slot.name(), "", e);
            }
        }
    }
}
