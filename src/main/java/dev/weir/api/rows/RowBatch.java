package dev.weir.api.rows;

import dev.weir.api.ApiConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The rows of one request on their way into tensors: which columns a row has given, which rows are bad, and what becomes
 * of them.
 *
 * <p>Readers call {@link #open}, then for each row {@link #begin}, {@link #claim} for each value and
 * {@link #requireComplete}, and {@link #finish} at the end. A reader that catches a row's fault hands it to
 * {@link #refuse}.
 */
final class RowBatch {

    /** What a bad row costs on the heap, here and in the answer, beside its message. */
    private static final long ERROR_BYTES = 256;

    private static final int NAMES_IN_MESSAGES = 5;

    private final RowLayout layout;
    private final RequestMemory memory;
    private final OnRowError onRowError;
    private final int maxErrors;
    private final RowTensor[] tensors;
    private final boolean[] claimed;
    private int missing;
    private final BitSet bad = new BitSet();
    private final List<RowError> errors = new ArrayList<>();

    RowBatch(RowLayout layout, RequestMemory memory, ApiConfig limits, OnRowError onRowError) {
        this.layout = layout;
        this.memory = memory;
        this.onRowError = onRowError;
        this.maxErrors = limits.maxRowErrors();
        this.tensors = layout.signature().inputs().stream()
                .map(spec -> new RowTensor(spec, layout.texts(), memory, limits))
                .toArray(RowTensor[]::new);
        this.claimed = new boolean[layout.columns().size()];
    }

    /**
     * Counts what is kept of the request beside its tensors.
     *
     * @throws dev.weir.failure.Overloaded when there is no room
     */
    void reserve(long bytes) {
        memory.reserve(bytes);
    }

    /** Returns the table's layout. */
    RowLayout layout() {
        return layout;
    }

    /**
     * Says how many rows there will be at most, before the first is read.
     *
     * @throws RequestRejected when there are none, or more than a tensor may hold
     * @throws dev.weir.failure.Overloaded when there is no room
     */
    void open(int atMost, String place) {
        if (atMost == 0) {
            throw empty(place);
        }
        for (RowTensor tensor : tensors) {
            try {
                tensor.open(atMost);
            } catch (RequestRejected e) {
                throw Faults.of(tensor.spec().name(), "", e).at(place);
            }
        }
    }

    private static RequestRejected empty(String place) {
        return new RequestRejected(FailureCode.EMPTY_BATCH, "a batch needs at least one row", place);
    }

    /** Begins a row, or a table given by columns. */
    void begin() {
        Arrays.fill(claimed, false);
        missing = claimed.length;
    }

    /**
     * Notes that a name's value is given, and returns where it goes.
     *
     * @throws RequestRejected when it was given before
     */
    RowTensor claim(Slot slot) {
        for (int column = slot.column(); column < slot.column() + slot.columns(); column++) {
            if (claimed[column]) {
                String name = layout.columns().get(column).name();
                throw new RequestRejected(
                        FailureCode.DUPLICATE_INPUT, "feature '" + name + "' is given twice", slot.name());
            }
            claimed[column] = true;
        }
        missing -= slot.columns();
        return tensors[slot.tensor()];
    }

    /** Returns a tensor by its place among the signature's inputs. */
    RowTensor tensor(int index) {
        return tensors[index];
    }

    /**
     * Checks that every column is given.
     *
     * @throws RequestRejected naming those that are not
     */
    void requireComplete() {
        if (missing == 0) {
            return;
        }
        List<String> names = layout.columns().stream()
                .filter(slot -> !claimed[slot.column()])
                .map(Slot::name)
                .toList();
        String some = names.stream()
                .limit(NAMES_IN_MESSAGES)
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(", "));
        String rest = names.size() > NAMES_IN_MESSAGES ? " and " + (names.size() - NAMES_IN_MESSAGES) + " more" : "";
        throw new RequestRejected(
                FailureCode.MISSING_FEATURE,
                names.size() == 1 ? "feature " + some + " is missing" : "features " + some + rest + " are missing",
                names.getFirst());
    }

    /**
     * Takes note of a bad row.
     *
     * @param why what is wrong, its field placed within the request
     * @throws RequestRejected naming the row, unless bad rows are to be reported and are not too many
     */
    void refuse(int row, RequestRejected why) {
        if (onRowError == OnRowError.REJECT) {
            throw named(row, why);
        }
        for (RowTensor tensor : tensors) {
            tensor.forget(row);
        }
        if (!bad.get(row)) {
            if (errors.size() == maxErrors) {
                throw tooMany(row, why);
            }
            memory.reserve(ERROR_BYTES + 2L * why.publicMessage().length());
            bad.set(row);
            errors.add(new RowError(row, why));
        }
    }

    private RequestRejected tooMany(int row, RequestRejected why) {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED,
                "more than " + maxErrors + " rows are bad, among them row " + row + ": " + why.publicMessage(),
                why.field(),
                (long) maxErrors);
    }

    private static RequestRejected named(int row, RequestRejected why) {
        return new RequestRejected(why.code(), "row " + row + ": " + why.publicMessage(), why.field(), why.limit());
    }

    /**
     * Ends the batch.
     *
     * @param rows how many rows were read, good and bad
     * @param place where they stand in the request
     * @throws RequestRejected when no row is left, or the tensors do not fit the signature
     */
    DecodedRows finish(int rows, String place) {
        if (rows == 0) {
            throw empty(place);
        }
        errors.sort(Comparator.comparingInt(RowError::row));
        int good = rows - errors.size();
        if (good == 0) {
            RowError first = errors.getFirst();
            throw named(first.row(), first.why());
        }
        if (!errors.isEmpty()) {
            leaveOut(rows);
        }
        List<Tensor> inputs = new ArrayList<>(tensors.length);
        for (RowTensor tensor : tensors) {
            inputs.add(tensor.finish(good));
        }
        return new DecodedRows(inputs, SignatureCheck.rows(layout.signature(), inputs), errors);
    }

    private void leaveOut(int rows) {
        int to = 0;
        for (int from = bad.nextClearBit(0); from < rows; from = bad.nextClearBit(from + 1)) {
            if (from != to) {
                for (RowTensor tensor : tensors) {
                    tensor.move(from, to);
                }
            }
            to++;
        }
    }
}
