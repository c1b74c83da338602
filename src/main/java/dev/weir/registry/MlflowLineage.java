package dev.weir.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.registry.MlflowAnswers.Dataset;
import dev.weir.registry.MlflowAnswers.DatasetInput;
import dev.weir.registry.MlflowAnswers.Experiment;
import dev.weir.registry.MlflowAnswers.LoggedModel;
import dev.weir.registry.MlflowAnswers.Metric;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.Run;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What MLflow knows of where a version comes from, in the words of a manifest. What it does not know stays out.
 *
 * @param version the version
 * @param loggedModel the logged model behind it, if there is one
 * @param run the run that made it, if there is one
 * @param experiment what that run belongs to
 */
record MlflowLineage(
        ModelVersion version,
        @Nullable LoggedModel loggedModel,
        @Nullable Run run,
        @Nullable Experiment experiment) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern PINNED = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]*)(?:\\[[^]]*])?==([^;\\s]+)");

    /**
     * Returns the lineage.
     *
     * @param requirements the packages that the version was logged with, as pip's requirements.txt
     */
    ManifestDocument.Origin origin(Mlmodel mlmodel, byte[] requirements) {
        Long created = version.creationTimestamp();
        return new ManifestDocument.Origin(
                code(),
                environment(mlmodel, requirements),
                trainingData(),
                version.runId() == null || version.runId().isEmpty()
                        ? null
                        : new ManifestDocument.Run(version.runId(), null),
                metrics(),
                author(),
                experiment == null ? null : experiment.name(),
                created == null ? null : Instant.ofEpochMilli(created).toString());
    }

    private ManifestDocument.@Nullable Code code() {
        if (run == null) {
            return null;
        }
        String repository = withoutSecret(run.tag("mlflow.source.git.repoURL"));
        String revision = run.tag("mlflow.source.git.commit");
        String path = run.tag("mlflow.source.name");
        return repository == null && revision == null && path == null
                ? null
                : new ManifestDocument.Code(repository, revision, path, null);
    }

    /** Returns an address without the user and password that some clones carry in it. */
    private static @Nullable String withoutSecret(@Nullable String address) {
        return address == null ? null : address.replaceFirst("^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", "$1");
    }

    private static ManifestDocument.Environment environment(Mlmodel mlmodel, byte[] requirements) {
        Map<String, String> packages = new TreeMap<>();
        new String(requirements, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .forEach(line -> {
                    Matcher pinned = PINNED.matcher(line);
                    if (pinned.lookingAt()) {
                        packages.put(pinned.group(1), pinned.group(2));
                    }
                });
        if (mlmodel.mlflow() != null) {
            packages.put("mlflow", mlmodel.mlflow());
        }
        return new ManifestDocument.Environment(mlmodel.python(), packages);
    }

    /** Returns the run's data set for training, or its first when none is called so. */
    private ManifestDocument.@Nullable TrainingData trainingData() {
        List<DatasetInput> inputs = run == null ? List.of() : run.datasets();
        Dataset dataset = inputs.stream()
                .filter(input -> "training".equals(input.tag("mlflow.data.context")))
                .findFirst()
                .or(() -> inputs.stream().findFirst())
                .map(DatasetInput::dataset)
                .orElse(null);
        if (dataset == null || dataset.name() == null) {
            return null;
        }
        String reference = dataset.digest() == null ? dataset.name() : dataset.name() + "@" + dataset.digest();
        return new ManifestDocument.TrainingData(reference, null, rows(dataset.profile()), null);
    }

    private static @Nullable Long rows(@Nullable String profile) {
        try {
            JsonNode rows = JSON.readTree(profile == null ? "{}" : profile).path("num_rows");
            return rows.isIntegralNumber() ? rows.asLong() : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Returns the logged model's metrics: a run may log many models. Without any, the run's. */
    private Map<String, Double> metrics() {
        List<Metric> measured = loggedModel == null ? List.of() : loggedModel.metrics();
        if (measured.isEmpty() && run != null) {
            measured = run.metrics();
        }
        Map<String, Double> metrics = new TreeMap<>();
        for (Metric each : measured) {
            if (each.key() != null && each.value() != null && Double.isFinite(each.value())) {
                metrics.put(each.key(), each.value());
            }
        }
        return metrics;
    }

    private @Nullable String author() {
        String tagged = run == null ? null : run.tag("mlflow.user");
        if (tagged != null) {
            return tagged;
        }
        String user = run == null || run.info() == null ? null : run.info().userId();
        return user != null && !user.isEmpty() ? user : version.userId();
    }
}
