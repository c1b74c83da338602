package dev.weir.profile;

import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column that a model takes.
 *
 * @param name the feature's name
 * @param datatype what the model takes it as; null when that is not known
 */
public record ProfileColumn(String name, @Nullable DataType datatype) {

    /**
     * Returns the columns of a signature, in its order: the features of its inputs, and the inputs that name no features
     * and take one value for each row.
     */
    public static List<ProfileColumn> of(ModelSignature signature) {
        List<ProfileColumn> columns = new ArrayList<>();
        for (TensorSpec input : signature.inputs()) {
            input.features().forEach(feature -> columns.add(new ProfileColumn(feature, input.datatype())));
            if (input.features().isEmpty() && isOneValue(input, signature.batched())) {
                columns.add(new ProfileColumn(input.name(), input.datatype()));
            }
        }
        return columns;
    }

    private static boolean isOneValue(TensorSpec input, boolean batched) {
        long values = 1;
        for (int axis = batched ? 1 : 0; axis < input.shape().rank(); axis++) {
            values *= input.shape().dimension(axis) == 1 ? 1 : 0;
        }
        return values == 1;
    }
}
