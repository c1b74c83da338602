package dev.weir.api.rows;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.TensorSpec;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the cells of a CSV record are. */
final class CsvColumns {

    private CsvColumns() {}

    /**
     * Returns what cells without names are: the columns in the signature's order, an input with a shape element by
     * element.
     *
     * @throws RequestRejected when rows vary in shape
     */
    static List<Slot> byPosition(RowLayout layout) {
        int elements = layout.elements();
        if (isFlat(layout)) {
            return layout.columns();
        }
        List<Slot> cells = new ArrayList<>(elements);
        for (Slot column : layout.columns()) {
            if (column.scalar()) {
                cells.add(column);
            } else {
                TensorSpec spec = layout.signature().inputs().get(column.tensor());
                long size = 1;
                for (int axis = 1; axis < spec.shape().rank(); axis++) {
                    size *= spec.shape().dimension(axis);
                }
                for (int i = 0; i < size; i++) {
                    String name = column.name() + "[" + i + "]";
                    cells.add(new Slot(name, column.tensor(), i, true, false, column.column(), 1));
                }
            }
        }
        return cells;
    }

    private static boolean isFlat(RowLayout layout) {
        return layout.columns().stream().allMatch(Slot::scalar);
    }

    /** Returns what cells are under a header line of these names, or null when they are not the columns' names. */
    static @Nullable List<Slot> guess(RowLayout layout, List<@Nullable String> names, int size) {
        if (!isFlat(layout) || size != layout.columns().size()) {
            return null;
        }
        List<Slot> cells = new ArrayList<>(size);
        BitSet named = new BitSet(size);
        for (String name : names) {
            Slot slot = name == null ? null : layout.find(name);
            if (slot == null || !slot.scalar() || named.get(slot.column())) {
                return null;
            }
            named.set(slot.column());
            cells.add(slot);
        }
        return cells;
    }

    /**
     * Returns what cells are under a header line of these names.
     *
     * @throws RequestRejected naming a column that is unknown, missing or given twice
     */
    static List<Slot> require(RowBatch batch, List<@Nullable String> names) {
        RowLayout layout = batch.layout();
        if (!isFlat(layout)) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_REQUEST,
                    "an input of this model has a shape, and a header line can't name its elements");
        }
        batch.begin();
        List<Slot> cells = new ArrayList<>(names.size());
        try {
            for (String name : names) {
                Slot slot = name == null ? null : layout.find(name);
                if (slot == null || !slot.scalar()) {
                    throw layout.unknown(name == null ? "" : name);
                }
                batch.claim(slot);
                cells.add(slot);
            }
            batch.requireComplete();
        } catch (RequestRejected e) {
            throw e.at("header");
        }
        return cells;
    }
}
