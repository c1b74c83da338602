package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Versions without a manifest, as Triton's model repository has them: {@code <model>/<number>/model.onnx}. What their
 * manifest would say is read from the file, and nothing is known of where they come from.
 */
final class BareVersions {

    private static final int MAX_DEPTH = 8;
    private static final int MAX_FILES = 1_000;

    private final ModelDescriber describer;

    BareVersions(ModelDescriber describer) {
        this.describer = describer;
    }

    /** Says whether a version may do without a manifest: its name is a number. */
    static boolean mayBeBare(String version) {
        return version.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Says whether a directory without a manifest holds a version even so. */
    boolean holds(Path directory) {
        return mayBeBare(directory.getFileName().toString()) && format(directory) != null;
    }

    private @Nullable ModelFormat format(Path directory) {
        return format(name -> Files.isRegularFile(directory.resolve(name), LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Returns the format of a version without a manifest, or null when it has none.
     *
     * @param files says whether it has a file of this name
     */
    @Nullable
    ModelFormat format(Predicate<String> files) {
        for (ModelFormat format : describer.formats()) {
            String file = format.conventionalFile();
            if (file != null && files.test(file)) {
                return format;
            }
        }
        return null;
    }

    /**
     * Describes a version.
     *
     * @return the version, known by the digest of its files' names and digests
     * @throws ArtifactRejected when its files are none that may be served
     * @throws RegistryUnavailable when they can't be read
     */
    ModelArtifact read(VersionRef ref, Path directory) {
        ModelFormat format = format(directory);
        String model = format == null ? null : format.conventionalFile();
        if (format == null || model == null || !mayBeBare(ref.version())) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        List<ArtifactFile> files = files(directory, model);
        ModelArtifact undescribed = ModelDescriber.undescribed(ref, format.name(), directory, files);
        ModelManifest manifest = new ModelManifest(
                ref,
                format.name(),
                "",
                files,
                describer.describe(format, undescribed.inSharedDirectory()),
                SessionSettings.DEFAULT,
                List.of(),
                Lineage.UNKNOWN);
        return new ModelArtifact(manifest, directory, undescribed.digest());
    }

    private static List<ArtifactFile> files(Path directory, String model) {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory, MAX_DEPTH)) {
            paths = walk.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .limit(MAX_FILES + 1L)
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(e);
        }
        if (paths.size() > MAX_FILES) {
            throw new ArtifactRejected("a version without a manifest has at most " + MAX_FILES + " files");
        }
        List<ArtifactFile> files = new ArrayList<>();
        for (Path path : paths) {
            String name = directory.relativize(path).toString();
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new ArtifactRejected("file '" + name + "' is a link, or no regular file");
            }
            files.add(name.equals(model) ? 0 : files.size(), file(path, name));
        }
        return files;
    }

    private static ArtifactFile file(Path path, String name) {
        try {
            return new ArtifactFile(name, ArtifactDigests.sha256(path), Files.size(path));
        } catch (IOException e) {
            throw unreadable(e);
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected(String.valueOf(e.getMessage()), e);
        }
    }

    private static RegistryUnavailable unreadable(Exception e) {
        return new RegistryUnavailable("the version's files can't be read", e);
    }
}
