package dev.weir.api.rows;

import dev.weir.api.Tags;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoded table.
 *
 * @param inputs every input of the signature, in its order, with the good rows
 * @param rows how many rows those are
 * @param errors the rows that were left out, by position; empty unless the caller asked for reports
 * @param inferenceIds the caller's own ids of the good rows as the body says, or null
 */
record DecodedRows(
        List<Tensor> inputs,
        int rows,
        List<RowError> errors,
        @Nullable List<String> inferenceIds) {

    /** The body's member that holds the ids of its rows. */
    static final String INFERENCE_IDS = "inference_ids";

    DecodedRows {
        inputs = List.copyOf(inputs);
        errors = List.copyOf(errors);
        inferenceIds = inferenceIds == null ? null : List.copyOf(inferenceIds);
    }

    /** Makes a table whose body has no ids of its rows. */
    DecodedRows(List<Tensor> inputs, int rows, List<RowError> errors) {
        this(inputs, rows, errors, null);
    }

    /**
     * Returns the same table with the ids of its rows.
     *
     * @param ids one for each row that was given, good or bad
     * @param field where they stand
     * @throws RequestRejected when there are more or fewer
     */
    DecodedRows identified(List<String> ids, String field) {
        if (ids.size() != rows + errors.size()) {
            throw Tags.wrongCount(field, rows + errors.size());
        }
        if (errors.isEmpty()) {
            return new DecodedRows(inputs, rows, errors, ids);
        }
        Set<Integer> bad = errors.stream().map(RowError::row).collect(Collectors.toSet());
        List<String> good = IntStream.range(0, ids.size())
                .filter(row -> !bad.contains(row))
                .mapToObj(ids::get)
                .toList();
        return new DecodedRows(inputs, rows, errors, good);
    }
}
