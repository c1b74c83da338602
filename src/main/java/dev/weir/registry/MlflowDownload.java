package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.Run;
import dev.weir.registry.MlflowAnswers.RunInfo;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelManifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings a version from MLflow into the cache. A {@code manifest.json} among its artifacts counts; without one, a
 * manifest is written from the MLmodel, the ONNX file and the run. MLflow's input example is no golden sample: it says
 * what goes in, not what must come out.
 */
final class MlflowDownload {

    private static final String MANIFEST = DirectoryVersions.MANIFEST;
    private static final String MLMODEL = "MLmodel";
    private static final String REQUIREMENTS = "requirements.txt";
    private static final String ONNX = "onnx";
    private static final int MAX_MANIFEST_BYTES = 16 << 20;
    private static final int MAX_TEXT = 10_000;

    /** What MLflow puts beside a model and no model reads; some of it differs from one download to the next. */
    private static final Set<String> ASIDE = Set.of(
            MLMODEL,
            REQUIREMENTS,
            "conda.yaml",
            "python_env.yaml",
            "input_example.json",
            "serving_input_example.json",
            "registered_model_meta");

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private final MlflowClient client;
    private final MlflowApi api;
    private final ArtifactCache cache;
    private final MlflowDigests digests;
    private final String identity;
    private final ModelDescriber describer;

    MlflowDownload(
            MlflowClient client,
            MlflowApi api,
            ArtifactCache cache,
            MlflowDigests digests,
            String identity,
            ModelDescriber describer) {
        this.client = client;
        this.api = api;
        this.cache = cache;
        this.digests = digests;
        this.identity = identity;
        this.describer = describer;
    }

    /**
     * Downloads a version.
     *
     * @throws ArtifactRejected when it may not serve, whatever is tried
     * @throws RegistryUnavailable when it can't be read now
     */
    ModelArtifact run(VersionRef ref, ModelVersion version) {
        MlflowArtifacts artifacts = MlflowArtifacts.of(client, ref, version, api.downloadUri(ref));
        SortedMap<String, @Nullable Long> top = artifacts.list("");
        if (top.containsKey(MANIFEST)) {
            return described(ref, version, artifacts);
        }
        if (!top.containsKey(MLMODEL)) {
            throw new ArtifactRejected("the version has neither a manifest.json nor an MLmodel");
        }
        return undescribed(ref, version, artifacts, top);
    }

    private ModelArtifact described(VersionRef ref, ModelVersion version, MlflowArtifacts artifacts) {
        byte[] bytes = artifacts.read(MANIFEST, MAX_MANIFEST_BYTES);
        ModelManifest manifest = ManifestReader.read(bytes);
        if (!manifest.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + manifest.ref());
        }
        try (CacheStaging staging = cache.stage(ref, manifest.bytes())) {
            for (ArtifactFile file : manifest.files()) {
                try (InputStream in = artifacts.open(file.path())) {
                    staging.add(file, in);
                }
            }
            digests.requireSame(ref, version.identity(), manifest.files());
            return staging.commit(identity, version.mark(), bytes);
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    private ModelArtifact undescribed(
            VersionRef ref, ModelVersion version, MlflowArtifacts artifacts, SortedMap<String, @Nullable Long> top) {
        Mlmodel mlmodel = MlmodelReader.read(artifacts.read(MLMODEL, MlmodelReader.MAX_BYTES));
        SortedMap<String, @Nullable Long> sizes = modelFiles(mlmodel.onnxFile(), artifacts, top);
        long bytes = sizes.values().stream()
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .sum();
        try (CacheStaging staging = cache.stage(ref, bytes)) {
            List<ArtifactFile> files = new ArrayList<>();
            for (Map.Entry<String, @Nullable Long> each : sizes.entrySet()) {
                boolean isModel = each.getKey().equals(mlmodel.onnxFile());
                files.add(isModel ? 0 : files.size(), add(staging, artifacts, each.getKey(), each.getValue()));
            }
            digests.requireSame(ref, version.identity(), files);
            ModelSignature signature =
                    MlflowSignature.of(mlmodel, describer.describe(onnx(), ref, staging.directory(), files));
            byte[] requirements =
                    top.containsKey(REQUIREMENTS) ? artifacts.read(REQUIREMENTS, MlmodelReader.MAX_BYTES) : new byte[0];
            ManifestDocument.Origin origin = lineage(version).origin(mlmodel, requirements);
            return staging.commit(identity, version.mark(), write(ref, version, files, signature, origin));
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    private static RegistryUnavailable brokenOff(IOException e) {
        return new RegistryUnavailable("MLflow broke off while a file was read", e);
    }

    /** Returns the model's file and what lies beside it, such as external data, with their sizes. */
    private static SortedMap<String, @Nullable Long> modelFiles(
            String model, MlflowArtifacts artifacts, SortedMap<String, @Nullable Long> top) {
        int slash = model.lastIndexOf('/');
        String directory = slash < 0 ? "" : model.substring(0, slash);
        SortedMap<String, @Nullable Long> sizes = new TreeMap<>();
        (directory.isEmpty() ? top : artifacts.list(directory)).forEach((name, size) -> {
            if (!directory.isEmpty() || !ASIDE.contains(name)) {
                sizes.put(directory.isEmpty() ? name : directory + "/" + name, size);
            }
        });
        if (!sizes.containsKey(model)) {
            throw new ArtifactRejected("MLmodel: names an ONNX file that is not there");
        }
        return sizes;
    }

    private static ArtifactFile add(CacheStaging staging, MlflowArtifacts artifacts, String path, @Nullable Long size)
            throws IOException {
        try (InputStream in = artifacts.open(path)) {
            ArtifactFile file = staging.add(path, in, size == null ? Long.MAX_VALUE : size);
            if (size != null && file.bytes() < size) {
                throw new RegistryUnavailable(
                        "MLflow broke off after " + file.bytes() + " of " + size + " bytes of a file", null);
            }
            return file;
        }
    }

    private ModelFormat onnx() {
        return describer.formats().stream()
                .filter(format -> format.name().equals(ONNX))
                .findFirst()
                .orElseThrow(() -> new ArtifactRejected("this server has no format 'onnx'"));
    }

    private MlflowLineage lineage(ModelVersion version) {
        String model = version.loggedModel();
        String runId = version.runId();
        Run run = runId == null || runId.isEmpty() ? null : api.run(runId);
        RunInfo info = run == null ? null : run.info();
        String experiment = info == null ? null : info.experimentId();
        return new MlflowLineage(
                version,
                model == null ? null : api.loggedModel(model),
                run,
                experiment == null ? null : api.experiment(experiment));
    }

    private static byte[] write(
            VersionRef ref,
            ModelVersion version,
            List<ArtifactFile> files,
            ModelSignature signature,
            ManifestDocument.Origin origin)
            throws JsonProcessingException {
        String description = version.description() == null ? "" : version.description();
        return JSON.writeValueAsBytes(new ManifestDocument(
                "1.0",
                ref.model(),
                ref.version(),
                ONNX,
                description.length() > MAX_TEXT ? description.substring(0, MAX_TEXT) : description,
                files.stream()
                        .map(file -> new ManifestDocument.FileEntry(file.path(), file.sha256(), file.bytes()))
                        .toList(),
                new ManifestDocument.Signature(
                        signature.batched() ? 0 : null, specs(signature.inputs()), specs(signature.outputs())),
                null,
                null,
                origin,
                null));
    }

    private static List<ManifestDocument.Spec> specs(List<TensorSpec> specs) {
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
}
