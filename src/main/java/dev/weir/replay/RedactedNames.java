package dev.weir.replay;

import dev.weir.inference.TensorSpec;
import dev.weir.predictionlog.PackedTensors;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Names what was taken out of recorded tensors, as a signature names it. */
final class RedactedNames {

    private RedactedNames() {}

    /**
     * Returns the features, or tensors, of which something was taken out.
     *
     * @param specs what the version says of its tensors; where it says nothing, columns are numbered
     */
    static List<String> of(PackedTensors.Contents contents, List<TensorSpec> specs) {
        Set<String> names = new LinkedHashSet<>();
        for (PackedTensors.Redacted each : contents.redacted()) {
            String tensor = contents.tensors().get(each.tensor()).name();
            Integer column = each.column();
            names.add(column == null ? tensor : column(tensor, column, specs));
        }
        return List.copyOf(names);
    }

    private static String column(String tensor, int column, List<TensorSpec> specs) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(tensor) && column < spec.features().size()) {
                return spec.features().get(column);
            }
        }
        return tensor + "[" + column + "]";
    }

    /** Says whether every element of every tensor was taken out. */
    static boolean isAll(PackedTensors.Contents contents) {
        for (int i = 0; i < contents.tensors().size(); i++) {
            if (PackedTensors.taken(contents, i).size()
                    < contents.tensors().get(i).shape().elements()) {
                return false;
            }
        }
        return true;
    }
}
