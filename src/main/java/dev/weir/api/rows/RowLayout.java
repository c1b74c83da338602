package dev.weir.api.rows;

import dev.weir.api.Printable;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A signature seen as a table. An input with named features gives one column per feature; any other input is one column
 * named like the tensor. Immutable.
 */
final class RowLayout {

    private static final int NAMES_IN_MESSAGES = 12;

    private final ModelSignature signature;
    private final TextRule texts;
    private final List<Slot> columns = new ArrayList<>();
    private final Map<String, Slot> byName = new HashMap<>();

    private RowLayout(ModelSignature signature, TextRule texts) {
        this.signature = signature;
        this.texts = texts;
        for (int tensor = 0; tensor < signature.inputs().size(); tensor++) {
            TensorSpec spec = signature.inputs().get(tensor);
            if (hasFeatureColumns(spec)) {
                for (int feature = 0; feature < spec.features().size(); feature++) {
                    String name = spec.features().get(feature);
                    add(new Slot(name, tensor, feature, true, false, columns.size(), 1));
                }
            } else {
                boolean boxable = spec.shape().rank() == 2 && spec.shape().dimension(1) == 1;
                boolean scalar = boxable || spec.shape().rank() == 1;
                add(new Slot(spec.name(), tensor, 0, scalar, boxable, columns.size(), 1));
            }
        }
        addWholeRows();
    }

    private static boolean hasFeatureColumns(TensorSpec spec) {
        return spec.shape().rank() == 2 && !spec.features().isEmpty();
    }

    private void add(Slot column) {
        if (byName.put(column.name(), column) != null) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_REQUEST,
                    "two inputs of this model have a column of the same name; use /v2, which names tensors");
        }
        columns.add(column);
    }

    /** Lets a tensor with named features also be given whole, by the tensor's name, unless a column has that name. */
    private void addWholeRows() {
        int column = 0;
        for (int tensor = 0; tensor < signature.inputs().size(); tensor++) {
            TensorSpec spec = signature.inputs().get(tensor);
            int width = hasFeatureColumns(spec) ? spec.features().size() : 1;
            if (hasFeatureColumns(spec)) {
                boolean single = width == 1;
                byName.putIfAbsent(spec.name(), new Slot(spec.name(), tensor, 0, single, single, column, width));
            }
            column += width;
        }
    }

    /**
     * Lays a signature out as a table.
     *
     * @param texts which texts the model's runtime takes
     * @throws RequestRejected when it is none: it counts no rows, or two inputs share a column's name
     */
    static RowLayout of(ModelSignature signature, TextRule texts) {
        if (!signature.batched()) {
            throw new RequestRejected(
                    FailureCode.UNSUPPORTED_REQUEST, "this model takes no rows; use /v2, which takes its tensors");
        }
        return new RowLayout(signature, texts);
    }

    /** Returns the signature. */
    ModelSignature signature() {
        return signature;
    }

    /** Returns which texts the model's runtime takes. */
    TextRule texts() {
        return texts;
    }

    /** Returns every column, in the signature's order. */
    List<Slot> columns() {
        return columns;
    }

    /** Returns what a name fills, or null when the model has no such feature or input. */
    @Nullable
    Slot find(String name) {
        return byName.get(name);
    }

    /** Returns the only column when there is one, so that a row may be its bare value; null otherwise. */
    @Nullable
    Slot only() {
        return columns.size() == 1 ? columns.getFirst() : null;
    }

    /** Returns the most axes that a row of an input has. */
    int rowRank() {
        return signature.inputs().stream()
                .mapToInt(spec -> spec.shape().rank() - 1)
                .max()
                .orElse(0);
    }

    /**
     * Returns how many elements a row has in all.
     *
     * @throws RequestRejected when that differs from row to row
     */
    int elements() {
        long elements = 0;
        for (TensorSpec spec : signature.inputs()) {
            long product = 1;
            for (int axis = 1; axis < spec.shape().rank(); axis++) {
                if (spec.shape().dimension(axis) == ShapePattern.ANY) {
                    throw new RequestRejected(
                            FailureCode.UNSUPPORTED_REQUEST,
                            "rows of input '" + spec.name() + "' vary in shape, and CSV can't say how; use JSON");
                }
                product *= spec.shape().dimension(axis);
            }
            elements += product;
        }
        return Math.toIntExact(elements);
    }

    /** Returns the columns' names for a message, the first dozen of them. */
    String names() {
        List<String> names =
                columns.stream().limit(NAMES_IN_MESSAGES).map(Slot::name).toList();
        int more = columns.size() - names.size();
        return String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
    }

    /** Returns what to say of a name that fills nothing. */
    RequestRejected unknown(String name) {
        String shown = Printable.of(name);
        return new RequestRejected(
                FailureCode.UNKNOWN_FEATURE, "the model has no feature '" + shown + "'; it takes " + names(), shown);
    }
}
