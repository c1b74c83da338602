package dev.weir.registry.metadata;

import dev.weir.inference.TensorSpec;
import dev.weir.registry.metadata.MetadataValue.Numeric;
import dev.weir.registry.metadata.MetadataValue.Text;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as fields by path, such as {@code lineage.metrics.auc}; small enough to keep for every version there is. Of
 * golden samples, only their number is here. What the manifest does not say, or leaves blank, is absent.
 *
 * @param fields the value of each path
 */
public record Metadata(SortedMap<String, MetadataValue> fields) {

    /** Copies the map. */
    public Metadata {
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    /** Returns what a manifest says. */
    public static Metadata of(ModelManifest manifest) {
        Fields fields = new Fields();
        fields.put("format", manifest.format());
        fields.put("description", manifest.description());
        fields.put("bytes", manifest.bytes());
        for (ArtifactFile file : manifest.files()) {
            fields.put("files." + file.path() + ".sha256", file.sha256());
            fields.put("files." + file.path() + ".bytes", file.bytes());
        }
        fields.put("signature.batch_axis", manifest.signature().batched() ? 0 : null);
        fields.put("signature.inputs", names(manifest.signature().inputs()));
        fields.put("signature.outputs", names(manifest.signature().outputs()));
        manifest.signature().inputs().forEach(spec -> fields.put("signature.inputs." + spec.name(), spec));
        manifest.signature().outputs().forEach(spec -> fields.put("signature.outputs." + spec.name(), spec));
        fields.put(manifest.session());
        fields.put(
                "golden", manifest.golden().isEmpty() ? null : manifest.golden().size());
        fields.put(manifest.lineage());
        return new Metadata(fields.map);
    }

    /**
     * Returns what can be said of a version that has no manifest until its files are read: every field that a policy may
     * name, and nothing that stands in the files.
     *
     * @param bytes the size of all files; null when that is not known
     */
    public static Metadata ofUnread(String format, String description, @Nullable Long bytes, Lineage lineage) {
        Fields fields = new Fields();
        fields.put("format", format);
        fields.put("description", description);
        fields.put("bytes", bytes);
        fields.put(SessionSettings.DEFAULT);
        fields.put(lineage);
        return new Metadata(fields.map);
    }

    private static String names(List<TensorSpec> specs) {
        return String.join(", ", specs.stream().map(TensorSpec::name).toList());
    }

    /** Returns a field's value, or null when the manifest does not say. */
    public @Nullable MetadataValue value(String path) {
        return fields.get(path);
    }

    /** Returns a field's text, or null when the manifest does not say. */
    public @Nullable String text(String path) {
        MetadataValue value = fields.get(path);
        return value == null ? null : value.toString();
    }

    /** Says whether a field, or anything below it, is there. */
    public boolean has(String path) {
        String below = path + ".";
        SortedMap<String, MetadataValue> tail = fields.tailMap(below);
        return fields.containsKey(path) || (!tail.isEmpty() && tail.firstKey().startsWith(below));
    }

    /** Fields in the making. */
    private static final class Fields {
        private final SortedMap<String, MetadataValue> map = new TreeMap<>();

        void put(String path, @Nullable String text) {
            if (text != null && !text.isBlank()) {
                map.put(path, new Text(text));
            }
        }

        void put(String path, @Nullable Number number) {
            if (number != null) {
                map.put(path, new Numeric(number.doubleValue()));
            }
        }

        void put(String path, TensorSpec spec) {
            put(path + ".datatype", spec.datatype().name());
            put(path + ".shape", spec.shape().toString());
            put(path + ".features", String.join(", ", spec.features()));
            put(path + ".labels", String.join(", ", spec.labels()));
            put(path + ".non_finite", spec.nonFinite().name().toLowerCase(Locale.ROOT));
        }

        void put(SessionSettings session) {
            put("session.execution_provider", session.executionProvider().name().toLowerCase(Locale.ROOT));
            put("session.intra_op_threads", session.intraOpThreads());
            put("session.graph_optimization", session.graphOptimization().name().toLowerCase(Locale.ROOT));
            put("session.deterministic", Boolean.toString(session.deterministic()));
        }

        void put(Lineage lineage) {
            Lineage.Code code = lineage.code();
            if (code != null) {
                put("lineage.code.repository", code.repository());
                put(MetadataField.REVISION, code.revision());
                put("lineage.code.path", code.path());
                put("lineage.code.sha256", code.sha256());
            }
            Lineage.TrainingData data = lineage.trainingData();
            if (data != null) {
                put(MetadataField.TRAINING_DATA, data.reference());
                put(MetadataField.TRAINING_DATA_SHA256, data.sha256());
                put("lineage.training_data.rows", data.rows());
                put("lineage.training_data.licence", data.licence());
            }
            put(MetadataField.RUN_ID, lineage.runId());
            put("lineage.author", lineage.author());
            put("lineage.project", lineage.project());
            put("lineage.created_at", lineage.createdAt());
            lineage.environment().forEach((name, version) -> put(MetadataField.ENVIRONMENT + name, version));
            lineage.metrics().forEach((name, value) -> put(MetadataField.METRICS + name, value));
        }
    }
}
