package dev.weir.api.rows;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorJsonWriter;
import dev.weir.inference.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model's outputs seen as a table with as many rows as the request.
 *
 * @param columns one for each output
 */
record AnswerTable(List<Column> columns) {

    /**
     * Lays outputs out as a table.
     *
     * @param rows how many rows were asked for
     * @throws PredictionFailed when an output has another number of rows
     */
    static AnswerTable of(ModelSignature promise, List<Tensor> outputs, int rows) {
        return new AnswerTable(outputs.stream()
                .map(output -> Column.of(promise.output(output.name()), output, rows))
                .toList());
    }

    /** One output. */
    static final class Column {
        private final Tensor tensor;
        private final List<String> labels;
        private final boolean scalar;
        private final long[] extents;
        private final int rowElements;
        private final @Nullable ByteBuffer data;

        private Column(Tensor tensor, List<String> labels, boolean scalar, long[] extents, int rowElements) {
            this.tensor = tensor;
            this.labels = labels;
            this.scalar = scalar;
            this.extents = extents;
            this.rowElements = rowElements;
            this.data = tensor instanceof Tensor.Fixed fixed ? fixed.data() : null;
        }

        private static Column of(@Nullable TensorSpec spec, Tensor tensor, int rows) {
            int rank = tensor.shape().rank();
            if (rank == 0 || tensor.shape().dimension(0) != rows) {
                throw new PredictionFailed(
                        FailureCode.INVALID_OUTPUT,
                        "output '" + tensor.name() + "' has another number of rows than the request");
            }
            long[] extents = new long[rank - 1];
            for (int axis = 1; axis < rank; axis++) {
                extents[axis - 1] = tensor.shape().dimension(axis);
            }
            // By the promise, not by the data: an answer's form must not depend on how large it happens to be.
            boolean single =
                    spec != null && spec.shape().rank() == 2 && spec.shape().dimension(1) == 1;
            return new Column(
                    tensor,
                    spec == null ? List.of() : spec.labels(),
                    rank == 1 || (single && rank == 2),
                    extents,
                    Math.toIntExact(tensor.shape().elements() / rows));
        }

        /** Returns the output's name. */
        String name() {
            return tensor.name();
        }

        /** Returns what the elements of a row stand for, or empty. */
        List<String> labels() {
            return labels;
        }

        /** Says whether a row is one value rather than an array. */
        boolean isScalar() {
            return scalar;
        }

        /** Returns how many axes a row has. */
        int rowRank() {
            return extents.length;
        }

        /** Returns how many elements a row has. */
        int rowElements() {
            return rowElements;
        }

        /** Writes a row: its value, or its elements nested as they are. */
        void write(JsonGenerator json, int row) throws IOException {
            if (scalar) {
                element(json, row);
            } else {
                nested(json, 0, row * rowElements);
            }
        }

        private int nested(JsonGenerator json, int axis, int index) throws IOException {
            if (axis == extents.length) {
                element(json, index);
                return index + 1;
            }
            int next = index;
            json.writeStartArray();
            for (long i = 0; i < extents[axis]; i++) {
                next = nested(json, axis + 1, next);
            }
            json.writeEndArray();
            return next;
        }

        /** Writes an element by its row-major index. */
        void element(JsonGenerator json, int index) throws IOException {
            switch (tensor) {
                case Tensor.Fixed fixed -> {
                    if (data != null) {
                        TensorJsonWriter.writeElement(json, fixed.datatype(), data, index);
                    }
                }
                case Tensor.Bytes bytes ->
                    TensorJsonWriter.writeText(json, bytes.elements().get(index));
            }
        }
    }
}
