package dev.weir.servable;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a version comes from, as far as its manifest says.
 *
 * @param code the training code
 * @param environment names and versions of what it ran on
 * @param trainingData what it learned from
 * @param runId the training run
 * @param metrics what the run measured
 * @param author who made it
 * @param project what it belongs to
 * @param createdAt when, as the manifest spells it
 */
public record Lineage(
        @Nullable Code code,
        Map<String, String> environment,
        @Nullable TrainingData trainingData,
        @Nullable String runId,
        Map<String, Double> metrics,
        @Nullable String author,
        @Nullable String project,
        @Nullable String createdAt) {

    /** Nothing known. */
    public static final Lineage UNKNOWN = new Lineage(null, Map.of(), null, null, Map.of(), null, null, null);

    /** Copies the maps. */
    public Lineage {
        environment = Map.copyOf(environment);
        metrics = Map.copyOf(metrics);
    }

    /**
     * The training code.
     *
     * @param repository where it lives
     * @param revision which state of it
     * @param path which part of it
     * @param sha256 the digest of that part
     */
    public record Code(
            @Nullable String repository,
            @Nullable String revision,
            @Nullable String path,
            @Nullable String sha256) {}

    /**
     * The training data.
     *
     * @param reference what to look for to find it again
     * @param sha256 its digest
     * @param rows how many rows it has
     * @param licence under which terms
     */
    public record TrainingData(
            String reference,
            @Nullable String sha256,
            @Nullable Long rows,
            @Nullable String licence) {}
}
