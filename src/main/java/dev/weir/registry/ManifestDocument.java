package dev.weir.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@code manifest.json} as it stands in the file, before its meaning is checked. Absent fields are null. */
record ManifestDocument(
        @Nullable String schemaVersion,
        @Nullable String model,
        @Nullable String version,
        @Nullable String format,
        @Nullable String description,
        @Nullable List<FileEntry> files,
        @Nullable Signature signature,
        @Nullable Session session,
        @Nullable List<Golden> golden,
        @Nullable Origin lineage,
        @Nullable String profile) {

    /** Says nothing. */
    static final ManifestDocument EMPTY =
            new ManifestDocument(null, null, null, null, null, null, null, null, null, null, null);

    record FileEntry(
            @Nullable String path,
            @Nullable String sha256,
            @Nullable Long bytes) {}

    record Signature(
            @Nullable Integer batchAxis,
            @Nullable List<Spec> inputs,
            @Nullable List<Spec> outputs) {}

    record Spec(
            @Nullable String name,
            @Nullable String datatype,
            @Nullable List<Long> shape,
            @Nullable List<String> features,
            @Nullable List<String> labels,
            @Nullable String nonFinite) {}

    record Session(
            @Nullable String executionProvider,
            @Nullable Integer intraOpThreads,
            @Nullable String graphOptimization,
            @Nullable Boolean deterministic) {}

    record Golden(
            @Nullable String name,
            @Nullable List<TensorEntry> inputs,
            @Nullable List<TensorEntry> outputs,
            @Nullable Tolerance tolerance) {}

    record TensorEntry(
            @Nullable String name,
            @Nullable String datatype,
            @Nullable List<Long> shape,
            @Nullable JsonNode data) {}

    record Tolerance(@Nullable Double absolute, @Nullable Double relative) {}

    record Origin(
            @Nullable Code code,
            @Nullable Environment environment,
            @Nullable TrainingData trainingData,
            @Nullable Run run,
            @Nullable Map<String, Double> metrics,
            @Nullable String author,
            @Nullable String project,
            @Nullable String createdAt) {}

    record Code(
            @Nullable String repository,
            @Nullable String revision,
            @Nullable String path,
            @Nullable String sha256) {}

    record Environment(@Nullable String python, @Nullable Map<String, String> packages) {}

    record TrainingData(
            @Nullable String reference,
            @Nullable String sha256,
            @Nullable Long rows,
            @Nullable String licence) {}

    record Run(@Nullable String id, @Nullable Long seed) {}
}
