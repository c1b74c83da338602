package dev.weir.predictionlog.sink.parquet;

import dev.weir.inference.Tensor;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import org.jspecify.annotations.Nullable;

/**
 * A record whose tensors can be looked at.
 *
 * @param entry where it stands
 * @param record the record
 * @param inputs its inputs, or null
 * @param outputs its outputs, or null
 */
record Unpacked(
        StoredEntry entry,
        PredictionRecord record,
        PackedTensors.@Nullable Contents inputs,
        PackedTensors.@Nullable Contents outputs) {

    /**
     * Unpacks a record.
     *
     * @throws IllegalStateException when its payload is damaged
     */
    static Unpacked of(StoredEntry entry, PredictionRecord record) {
        PackedTensors inputs = record.payload().inputs();
        PackedTensors outputs = record.payload().outputs();
        return new Unpacked(
                entry, record, inputs == null ? null : inputs.unpack(), outputs == null ? null : outputs.unpack());
    }

    /** Returns into how many rows its tensors fall: all of them begin with that axis, or there is one. */
    int rows() {
        int rows = Math.max(1, record.rows());
        return fits(inputs, rows) && fits(outputs, rows) ? rows : 1;
    }

    private static boolean fits(PackedTensors.@Nullable Contents contents, int rows) {
        if (contents != null && rows > 1) {
            for (Tensor tensor : contents.tensors()) {
                if (tensor.shape().rank() == 0 || tensor.shape().dimension(0) != rows) {
                    return false;
                }
            }
        }
        return true;
    }
}
