package dev.weir.registry.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How two manifests differ. */
public final class MetadataDiff {

    /**
     * A field that differs.
     *
     * @param field its path
     * @param from its value in the one; null when it is not there
     * @param to its value in the other; null when it is not there
     */
    public record Change(
            String field,
            @Nullable MetadataValue from,
            @Nullable MetadataValue to) {

        /** Returns by how much a number grew, or null when either is no finite number. */
        public @Nullable Double difference() {
            if (from instanceof MetadataValue.Numeric(double left)
                    && to instanceof MetadataValue.Numeric(double right)) {
                double difference = right - left;
                return Double.isFinite(difference) ? difference : null;
            }
            return null;
        }
    }

    private MetadataDiff() {}

    /** Returns every field that differs, by path. */
    public static List<Change> between(Metadata from, Metadata to) {
        SortedSet<String> paths = new TreeSet<>(from.fields().keySet());
        paths.addAll(to.fields().keySet());
        List<Change> changes = new ArrayList<>();
        for (String path : paths) {
            MetadataValue left = from.value(path);
            MetadataValue right = to.value(path);
            if (left == null || !left.equals(right)) {
                changes.add(new Change(path, left, right));
            }
        }
        return changes;
    }
}
