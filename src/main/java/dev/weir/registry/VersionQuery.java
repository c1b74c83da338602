package dev.weir.registry;

import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataField;
import org.jspecify.annotations.Nullable;

/**
 * What to look for in manifests. Absent parts match everything; the others must be equal to what the manifest says.
 *
 * @param model the model's name
 * @param trainingData the training data's reference
 * @param trainingDataSha256 the training data's digest
 * @param runId the training run
 * @param gitCommit the training code's revision
 */
public record VersionQuery(
        @Nullable String model,
        @Nullable String trainingData,
        @Nullable String trainingDataSha256,
        @Nullable String runId,
        @Nullable String gitCommit) {

    /** Says whether a manifest is one that is looked for, whatever its model. */
    boolean matches(Metadata metadata) {
        return matches(trainingData, metadata, MetadataField.TRAINING_DATA)
                && matches(trainingDataSha256, metadata, MetadataField.TRAINING_DATA_SHA256)
                && matches(runId, metadata, MetadataField.RUN_ID)
                && matches(gitCommit, metadata, MetadataField.REVISION);
    }

    private static boolean matches(@Nullable String wanted, Metadata metadata, String path) {
        return wanted == null || wanted.equals(metadata.text(path));
    }
}
