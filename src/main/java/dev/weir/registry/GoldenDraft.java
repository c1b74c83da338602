package dev.weir.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.registry.ManifestDocument.Golden;
import dev.weir.registry.ManifestDocument.Signature;
import dev.weir.registry.ManifestDocument.Spec;
import dev.weir.registry.ManifestDocument.TensorEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Fills in what golden samples leave to the signature: datatypes, and the shapes that the nesting of their data shows. */
final class GoldenDraft {

    private GoldenDraft() {}

    static List<Golden> with(List<Golden> samples, Signature signature) {
        return samples.stream()
                .map(sample -> new Golden(
                        sample.name(),
                        fill(sample.inputs(), signature.inputs()),
                        fill(sample.outputs(), signature.outputs()),
                        sample.tolerance()))
                .toList();
    }

    private static @Nullable List<TensorEntry> fill(@Nullable List<TensorEntry> tensors, @Nullable List<Spec> specs) {
        return tensors == null
                ? null
                : tensors.stream()
                        .map(tensor -> new TensorEntry(
                                tensor.name(),
                                tensor.datatype() == null ? datatype(tensor.name(), specs) : tensor.datatype(),
                                tensor.shape() == null ? nesting(tensor.data()) : tensor.shape(),
                                tensor.data()))
                        .toList();
    }

    private static @Nullable String datatype(@Nullable String name, @Nullable List<Spec> specs) {
        return specs == null
                ? null
                : specs.stream()
                        .filter(spec -> Objects.equals(spec.name(), name))
                        .map(Spec::datatype)
                        .findFirst()
                        .orElse(null);
    }

    private static @Nullable List<Long> nesting(@Nullable JsonNode data) {
        if (data == null) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (JsonNode level = data; level != null && level.isArray(); level = level.get(0)) {
            shape.add((long) level.size());
        }
        return shape;
    }
}
