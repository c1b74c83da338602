package dev.weir.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What MLflow's REST API answers, as far as Weir reads it. Whatever is absent is null. */
final class MlflowAnswers {

    private MlflowAnswers() {}

    /** A page of registered models. */
    record ModelPage(
            @Nullable List<RegisteredModel> registeredModels,
            @Nullable String nextPageToken) {}

    /** A page of model versions. */
    record VersionPage(
            @Nullable List<ModelVersion> modelVersions,
            @Nullable String nextPageToken) {}

    record ModelAnswer(@Nullable RegisteredModel registeredModel) {}

    record VersionAnswer(@Nullable ModelVersion modelVersion) {}

    record RegisteredModel(
            @Nullable String name,
            @Nullable List<Alias> aliases,
            @Nullable List<Tag> tags) {

        List<Alias> aliasList() {
            return orNone(aliases);
        }

        @Nullable
        String tag(String key) {
            return value(tags, key);
        }
    }

    record Alias(@Nullable String alias, @Nullable String version) {}

    record Tag(@Nullable String key, @Nullable String value) {}

    /**
     * A model version.
     *
     * @param creationTimestamp in milliseconds since 1970, as all times here
     * @param source where its artifacts lie, such as {@code models:/m-…} since MLflow 3, and an artifact URI before
     */
    record ModelVersion(
            @Nullable String name,
            @Nullable String version,
            @Nullable Long creationTimestamp,
            @Nullable Long lastUpdatedTimestamp,
            @Nullable String status,
            @Nullable String source,
            @Nullable String runId,
            @Nullable String userId,
            @Nullable String description,
            @Nullable List<Tag> tags) {

        boolean isReady() {
            return "READY".equals(status);
        }

        @Nullable
        String tag(String key) {
            return value(tags, key);
        }

        /** Returns the id of the logged model behind it, or null: before MLflow 3 there were none. */
        @Nullable
        String loggedModel() {
            String id = source != null && source.startsWith("models:/") ? source.substring("models:/".length()) : "";
            return id.matches("m-[0-9A-Za-z]+") ? id : null;
        }

        /** Returns what differs when the version differs, as far as MLflow notes it. */
        String mark() {
            return creationTimestamp + " " + lastUpdatedTimestamp + " " + source;
        }

        /** Returns what stays as long as nobody deleted the version and made another under its number. */
        String identity() {
            return creationTimestamp + " " + source;
        }
    }

    record DownloadUri(@Nullable String artifactUri) {}

    /**
     * Files in one directory.
     *
     * @param rootUri where the paths begin; absent in the proxy's answer
     */
    record FileList(@Nullable String rootUri, @Nullable List<FileInfo> files) {

        List<FileInfo> entries() {
            return orNone(files);
        }
    }

    record FileInfo(
            @Nullable String path,
            @Nullable Boolean isDir,
            @Nullable Long fileSize) {}

    record RunAnswer(@Nullable Run run) {}

    record Run(
            @Nullable RunInfo info,
            @Nullable RunData data,
            @Nullable RunInputs inputs) {

        @Nullable
        String tag(String key) {
            return data == null ? null : value(data.tags(), key);
        }

        List<Metric> metrics() {
            return data == null ? List.of() : orNone(data.metrics());
        }

        List<DatasetInput> datasets() {
            return inputs == null ? List.of() : orNone(inputs.datasetInputs());
        }
    }

    record RunInfo(
            @Nullable String runId,
            @Nullable String experimentId,
            @Nullable String userId) {}

    record RunData(@Nullable List<Metric> metrics, @Nullable List<Tag> tags) {}

    record Metric(@Nullable String key, @Nullable Double value) {}

    record RunInputs(@Nullable List<DatasetInput> datasetInputs) {}

    record DatasetInput(@Nullable List<Tag> tags, @Nullable Dataset dataset) {

        @Nullable
        String tag(String key) {
            return value(tags, key);
        }
    }

    record Dataset(
            @Nullable String name,
            @Nullable String digest,
            @Nullable String profile) {}

    record ExperimentAnswer(@Nullable Experiment experiment) {}

    record Experiment(@Nullable String name) {}

    record LoggedModelAnswer(@Nullable LoggedModel model) {}

    record LoggedModel(@Nullable LoggedModelData data) {

        List<Metric> metrics() {
            return data == null ? List.of() : orNone(data.metrics());
        }
    }

    record LoggedModelData(@Nullable List<Metric> metrics) {}

    /** What MLflow says when it refuses. */
    record Refusal(@Nullable String errorCode) {}

    static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static @Nullable String value(@Nullable List<Tag> tags, String key) {
        for (Tag tag : orNone(tags)) {
            if (key.equals(tag.key())) {
                return tag.value();
            }
        }
        return null;
    }
}
