package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks model files that have no manifest what they take and give. To read a file is the first thing that can go wrong
 * with it, so the guards of a load are asked here too. Thread-safe.
 */
@Singleton
public class ModelDescriber {

    /** Stands in a manifest until the file has said what it takes and gives. */
    private static final ModelSignature UNKNOWN = new ModelSignature(
            List.of(TensorSpec.of("unknown", DataType.BYTES)),
            List.of(TensorSpec.of("unknown", DataType.BYTES)),
            false);

    private final List<ModelFormat> formats;
    private final List<LoadGuard> guards;

    /** Collects formats and guards. */
    @Inject
    public ModelDescriber(@All List<ModelFormat> formats, @All List<LoadGuard> guards) {
        this.formats = List.copyOf(formats);
        this.guards = List.copyOf(guards);
    }

    /** Describes files of these formats without guards. */
    public ModelDescriber(ModelFormat... formats) {
        this(List.of(formats), List.of());
    }

    /** Returns the formats there are. */
    public List<ModelFormat> formats() {
        return formats;
    }

    /**
     * Returns what a model file says of its own inputs and outputs. Blocks.
     *
     * @param ref what the version is or will be called
     * @param directory where its files lie
     * @param files every file of it with its digest, the model itself first
     * @throws ArtifactRejected when a guard or the format refuses the file, or the format does not tell
     */
    public ModelSignature describe(ModelFormat format, VersionRef ref, Path directory, List<ArtifactFile> files) {
        return describe(format, undescribed(ref, format.name(), directory, files));
    }

    /**
     * Returns what a model file says of its own inputs and outputs. Blocks.
     *
     * @param undescribed the version, of which only the files are known; of files that others may write to, copies are read
     * @throws ArtifactRejected when a guard or the format refuses the file, it has changed since its digest was taken, or
     *     the format does not tell
     */
    public ModelSignature describe(ModelFormat format, ModelArtifact undescribed) {
        ModelSignature told = ask(format, undescribed);
        if (told == null) {
            throw new ArtifactRejected(
                    "a file of format '" + format.name() + "' does not tell its signature; the manifest must");
        }
        return told;
    }

    /**
     * Returns what a model file says of its own inputs and outputs, or null when its format does not tell. Blocks.
     *
     * @param ref what the version is or will be called
     * @param directory where its files lie
     * @param files every file of it with its digest, the model itself first
     * @throws ArtifactRejected when a guard or the format refuses the file
     */
    public @Nullable ModelSignature ask(ModelFormat format, VersionRef ref, Path directory, List<ArtifactFile> files) {
        return ask(format, undescribed(ref, format.name(), directory, files));
    }

    private @Nullable ModelSignature ask(ModelFormat format, ModelArtifact undescribed) {
        Permits permits = Permits.of(guards, undescribed);
        try (LoadCopy files = LoadCopy.of(undescribed)) {
            if (undescribed.shared()) {
                ArtifactDigests.verify(files.artifact());
            }
            return format.describe(
                    files.artifact().directory(), undescribed.manifest().files());
        } finally {
            permits.gone();
        }
    }

    /**
     * Returns a version of which only the files are known; the signature means nothing.
     *
     * @return the version, known by the digest of its files' names and digests
     */
    public static ModelArtifact undescribed(VersionRef ref, String format, Path directory, List<ArtifactFile> files) {
        return new ModelArtifact(
                new ModelManifest(ref, format, "", files, UNKNOWN, SessionSettings.DEFAULT, List.of(), Lineage.UNKNOWN),
                directory,
                digest(files));
    }

    private static String digest(List<ArtifactFile> files) {
        StringBuilder lines = new StringBuilder();
        files.forEach(file ->
                lines.append(file.sha256()).append("  ").append(file.path()).append('\n'));
        return "sha256:" + ArtifactDigests.sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
}
