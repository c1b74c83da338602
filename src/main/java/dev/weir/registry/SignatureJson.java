package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Signatures as manifests write them. */
public final class SignatureJson {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private SignatureJson() {}

    /**
     * Reads one.
     *
     * @throws ArtifactRejected naming the field that is wrong
     * @throws IllegalArgumentException when its parts contradict each other
     */
    static ModelSignature read(ManifestDocument.Signature signature) {
        Integer axis = signature.batchAxis();
        if (axis != null && axis != 0) {
            throw new ArtifactRejected("manifest: signature.batch_axis must be 0 or null");
        }
        return new ModelSignature(
                specs("signature.inputs", ManifestReader.require(signature.inputs(), "signature.inputs")),
                specs("signature.outputs", ManifestReader.require(signature.outputs(), "signature.outputs")),
                axis != null);
    }

    private static List<TensorSpec> specs(String place, List<ManifestDocument.Spec> specs) {
        List<TensorSpec> read = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            String here = place + "[" + i + "]";
            try {
                read.add(spec(specs.get(i), here));
            } catch (RequestRejected e) {
                throw e.at(here);
            } catch (IllegalArgumentException e) {
                throw new ArtifactRejected("manifest: " + here + ": " + e.getMessage(), e);
            }
        }
        return read;
    }

    private static TensorSpec spec(ManifestDocument.Spec spec, String place) {
        return new TensorSpec(
                ManifestReader.require(spec.name(), place + ".name"),
                DataType.named(ManifestReader.require(spec.datatype(), place + ".datatype")),
                ShapePattern.of(extents(ManifestReader.require(spec.shape(), place + ".shape"))),
                spec.features() == null ? List.of() : spec.features(),
                spec.labels() == null ? List.of() : spec.labels(),
                nonFinite(spec.nonFinite(), place));
    }

    static long[] extents(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private static TensorSpec.NonFinite nonFinite(@Nullable String word, String place) {
        return switch (word == null ? "forbid" : word) {
            case "forbid" -> TensorSpec.NonFinite.FORBID;
            case "nan" -> TensorSpec.NonFinite.NAN;
            case "allow" -> TensorSpec.NonFinite.ALLOW;
            default -> throw new ArtifactRejected("manifest: " + place + ".non_finite must be forbid, nan or allow");
        };
    }

    /** Returns a signature as a manifest has it. */
    static ManifestDocument.Signature document(ModelSignature signature) {
        return new ManifestDocument.Signature(
                signature.batched() ? 0 : null, documents(signature.inputs()), documents(signature.outputs()));
    }

    private static List<ManifestDocument.Spec> documents(List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> new ManifestDocument.Spec(
                        spec.name(),
                        spec.datatype().name(),
                        Arrays.stream(spec.shape().toArray()).boxed().toList(),
                        spec.features(),
                        spec.labels(),
                        switch (spec.nonFinite()) {
                            case FORBID -> null;
                            case NAN -> "nan";
                            case ALLOW -> "allow";
                        }))
                .toList();
    }

    /** Returns a signature as text; equal signatures give equal texts. */
    public static String write(ModelSignature signature) {
        try {
            return JSON.writeValueAsString(document(signature));
        } catch (JsonProcessingException e) {
            throw new AssertionError("a signature is nothing but numbers and texts", e);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when it is something else
     */
    public static ModelSignature parse(String text) throws IOException {
        try {
            return read(JSON.readValue(text, ManifestDocument.Signature.class));
        } catch (IllegalArgumentException | NullPointerException | WeirException e) {
            throw new IOException("the text is no signature", e);
        }
    }
}
