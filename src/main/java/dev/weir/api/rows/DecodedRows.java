package dev.weir.api.rows;

import dev.weir.inference.Tensor;
import java.util.List;

/**
 * A decoded table.
 *
 * @param inputs every input of the signature, in its order, with the good rows
 * @param rows how many rows those are
 * @param errors the rows that were left out, by position; empty unless the caller asked for reports
 */
record DecodedRows(List<Tensor> inputs, int rows, List<RowError> errors) {

    DecodedRows {
        inputs = List.copyOf(inputs);
        errors = List.copyOf(errors);
    }
}
