package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelManifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings a version from MLflow into the cache. A {@code manifest.json} among its artifacts counts; without one, a
 * manifest is written from the MLmodel, the ONNX file and the run. MLflow's input example is no golden sample: it says
 * what goes in, not what must come out.
 */
final class MlflowDownload {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private final MlflowStores stores;
    private final MlflowApi api;
    private final ArtifactCache cache;
    private final MlflowDigests digests;
    private final String identity;
    private final ModelDescriber describer;
    private final TransferLimits limits;

    MlflowDownload(
            MlflowStores stores,
            MlflowApi api,
            ArtifactCache cache,
            MlflowDigests digests,
            String identity,
            ModelDescriber describer,
            TransferLimits limits) {
        this.stores = stores;
        this.api = api;
        this.cache = cache;
        this.digests = digests;
        this.identity = identity;
        this.describer = describer;
        this.limits = limits;
    }

    /**
     * Downloads a version.
     *
     * @throws ArtifactRejected when it may not serve, whatever is tried
     * @throws RegistryUnavailable when it can't be read now
     */
    ModelArtifact run(VersionRef ref, ModelVersion version) {
        MlflowContents contents = MlflowContents.of(stores, api, ref, version);
        return contents.hasManifest() ? described(contents) : undescribed(contents);
    }

    private ModelArtifact described(MlflowContents contents) {
        byte[] bytes = contents.manifest();
        ModelManifest manifest = contents.read(bytes);
        SortedMap<String, @Nullable Long> sizes = new TreeMap<>();
        manifest.files().forEach(file -> sizes.put(file.path(), file.bytes()));
        TransferLimits.Transfer transfer = limits.begin(sizes);
        try (CacheStaging staging = stage(contents, sizes)) {
            for (ArtifactFile file : manifest.files()) {
                try (InputStream in = transfer.over(file.path(), contents.open(file.path()))) {
                    staging.add(file, in);
                }
            }
            digests.requireSame(contents.ref(), contents.version().identity(), manifest.files());
            return staging.commit(identity, contents.version().mark(), bytes);
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    /** Reserves room for what is known of the sizes; what is not known is found while it is written. */
    private CacheStaging stage(MlflowContents contents, SortedMap<String, @Nullable Long> sizes) {
        Long bytes = TransferLimits.sum(sizes.values());
        return cache.stage(contents.ref(), bytes == null ? 0 : bytes);
    }

    private ModelArtifact undescribed(MlflowContents contents) {
        Mlmodel mlmodel = contents.mlmodel();
        VersionRef ref = contents.ref();
        SortedMap<String, @Nullable Long> sizes = contents.modelFiles(mlmodel);
        TransferLimits.Transfer transfer = limits.begin(sizes);
        try (CacheStaging staging = stage(contents, sizes)) {
            List<ArtifactFile> files = new ArrayList<>();
            for (Map.Entry<String, @Nullable Long> each : sizes.entrySet()) {
                boolean isModel = each.getKey().equals(mlmodel.onnxFile());
                files.add(isModel ? 0 : files.size(), add(staging, transfer, contents, each.getKey(), each.getValue()));
            }
            digests.requireSame(ref, contents.version().identity(), files);
            ModelSignature signature =
                    MlflowSignature.of(mlmodel, describer.describe(onnx(), ref, staging.directory(), files));
            return staging.commit(
                    identity,
                    contents.version().mark(),
                    write(ref, contents.description(), files, signature, contents.origin(mlmodel)));
        } catch (IOException e) {
            throw brokenOff(e);
        }
    }

    private static RegistryUnavailable brokenOff(IOException e) {
        return new RegistryUnavailable("MLflow broke off while a file was read", e);
    }

    private static ArtifactFile add(
            CacheStaging staging,
            TransferLimits.Transfer transfer,
            MlflowContents contents,
            String path,
            @Nullable Long size)
            throws IOException {
        try (InputStream in = transfer.over(path, contents.open(path))) {
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
                .filter(format -> format.name().equals(MlflowContents.ONNX))
                .findFirst()
                .orElseThrow(() -> new ArtifactRejected("this server has no format 'onnx'"));
    }

    private static byte[] write(
            VersionRef ref,
            String description,
            List<ArtifactFile> files,
            ModelSignature signature,
            ManifestDocument.Origin origin)
            throws JsonProcessingException {
        return JSON.writeValueAsBytes(new ManifestDocument(
                "1.0",
                ref.model(),
                ref.version(),
                MlflowContents.ONNX,
                description,
                files.stream()
                        .map(file -> new ManifestDocument.FileEntry(file.path(), file.sha256(), file.bytes()))
                        .toList(),
                SignatureJson.document(signature),
                null,
                null,
                origin,
                null));
    }
}
