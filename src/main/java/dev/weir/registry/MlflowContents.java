package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.Run;
import dev.weir.registry.MlflowAnswers.RunInfo;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelManifest;
import java.io.InputStream;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What MLflow tells of one version before the model's own files are read: which files there are, its manifest or MLmodel,
 * and where it comes from. Used by one thread; methods block and throw {@link RegistryUnavailable}.
 */
final class MlflowContents {

    /** The format of what MLflow's flavor {@code onnx} logs. */
    static final String ONNX = "onnx";

    private static final String MANIFEST = DirectoryVersions.MANIFEST;
    private static final String MLMODEL = "MLmodel";
    private static final String REQUIREMENTS = "requirements.txt";
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

    private final MlflowApi api;
    private final VersionRef ref;
    private final ModelVersion version;
    private final MlflowArtifacts artifacts;
    private final SortedMap<String, @Nullable Long> top;

    private MlflowContents(
            MlflowApi api,
            VersionRef ref,
            ModelVersion version,
            MlflowArtifacts artifacts,
            SortedMap<String, @Nullable Long> top) {
        this.api = api;
        this.ref = ref;
        this.version = version;
        this.artifacts = artifacts;
        this.top = top;
    }

    /**
     * Looks at a version.
     *
     * @throws ArtifactRejected when it has neither a manifest nor an MLmodel, or its files can't be listed
     */
    static MlflowContents of(MlflowStores stores, MlflowApi api, VersionRef ref, ModelVersion version) {
        MlflowArtifacts artifacts = MlflowArtifacts.of(stores, ref, version, api.downloadUri(ref));
        SortedMap<String, @Nullable Long> top = artifacts.list("");
        if (!top.containsKey(MANIFEST) && !top.containsKey(MLMODEL)) {
            throw new ArtifactRejected("the version has neither a manifest.json nor an MLmodel");
        }
        return new MlflowContents(api, ref, version, artifacts, top);
    }

    VersionRef ref() {
        return ref;
    }

    ModelVersion version() {
        return version;
    }

    /** Says whether a manifest came along; it counts then. */
    boolean hasManifest() {
        return top.containsKey(MANIFEST);
    }

    /** Returns the bytes of the manifest that came along. */
    byte[] manifest() {
        return artifacts.read(MANIFEST, MAX_MANIFEST_BYTES);
    }

    /**
     * Reads a manifest that came along.
     *
     * @throws ArtifactRejected when it is refused, or is another version's
     */
    ModelManifest read(byte[] manifest) {
        ModelManifest read = ManifestReader.read(manifest);
        if (!read.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + read.ref());
        }
        return read;
    }

    /** Reads the MLmodel, which stands in for a manifest. */
    Mlmodel mlmodel() {
        return MlmodelReader.read(artifacts.read(MLMODEL, MlmodelReader.MAX_BYTES));
    }

    /**
     * Returns the model's file and what lies beside it, such as external data, with their sizes; null for one that is not
     * known.
     */
    SortedMap<String, @Nullable Long> modelFiles(Mlmodel mlmodel) {
        String model = mlmodel.onnxFile();
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

    InputStream open(String path) {
        return artifacts.open(path);
    }

    /** Returns the version's description, shortened to what a manifest takes. */
    String description() {
        String description = version.description() == null ? "" : version.description();
        return description.length() > MAX_TEXT ? description.substring(0, MAX_TEXT) : description;
    }

    /** Returns where the version comes from. */
    ManifestDocument.Origin origin(Mlmodel mlmodel) {
        byte[] requirements =
                top.containsKey(REQUIREMENTS) ? artifacts.read(REQUIREMENTS, MlmodelReader.MAX_BYTES) : new byte[0];
        return lineage().origin(mlmodel, requirements);
    }

    private MlflowLineage lineage() {
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

    /**
     * Describes the version without reading the model. Digests and signature of one without a manifest are not known: they
     * are those of files that nobody has read.
     *
     * @throws ArtifactRejected when it may not serve, as far as that can be seen from here
     */
    Description describe() {
        if (hasManifest()) {
            byte[] manifest = manifest();
            return new Description(Metadata.of(read(manifest)), "sha256:" + ArtifactDigests.sha256(manifest));
        }
        Mlmodel mlmodel = mlmodel();
        Long bytes = TransferLimits.sum(modelFiles(mlmodel).values());
        return new Description(
                Metadata.ofUnread(ONNX, description(), bytes, LineageReader.read(origin(mlmodel))), null);
    }
}
