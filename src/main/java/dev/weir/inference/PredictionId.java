package dev.weir.inference;

import java.util.UUID;

/**
 * Our id of one attempt, a UUIDv7 (RFC 9562), so that ids sort by time.
 *
 * @param value the UUID
 */
public record PredictionId(UUID value) {

    /** Returns the id of one row: {@code <id>:<row>} among several rows, {@code <id>} for a single one. */
    public String row(int row, int rows) {
        return rows == 1 ? value.toString() : value + ":" + row;
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
