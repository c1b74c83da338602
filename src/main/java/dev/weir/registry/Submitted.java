package dev.weir.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A submission whose documents are read and do not contradict one another. */
final class Submitted {

    /** The path that a profile gets which is made here. */
    static final String PROFILE = "profile.json";

    private static final String FILES = "manifest.files";

    private final Submission submission;
    private final ManifestDocument given;
    private final boolean axisGiven;
    private final List<ArtifactFile> files;

    private Submitted(Submission submission, ManifestDocument given, boolean axisGiven, List<ArtifactFile> files) {
        this.submission = submission;
        this.given = given;
        this.axisGiven = axisGiven;
        this.files = List.copyOf(files);
    }

    /**
     * Reads.
     *
     * @throws RequestRejected naming the part and the field that is wrong
     */
    static Submitted read(Submission submission) throws IOException {
        Names.requireName(submission.model(), "model");
        byte[] manifest = submission.manifest();
        ManifestDocument given = ManifestDocument.EMPTY;
        boolean axisGiven = false;
        if (manifest != null) {
            given = document(manifest);
            axisGiven = new ObjectMapper().readTree(manifest).path("signature").has("batch_axis");
        }
        if (given.model() != null && !given.model().equals(submission.model())) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the manifest is of another model", "manifest.model");
        }
        if (given.version() != null
                && submission.version() != null
                && !given.version().equals(submission.version())) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the manifest is of another version", "manifest.version");
        }
        if (given.golden() != null && submission.golden() != null) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "golden samples stand in the manifest already", "golden");
        }
        return new Submitted(submission, given, axisGiven, files(submission, given));
    }

    private static ManifestDocument document(byte[] manifest) {
        try {
            return ManifestReader.document(manifest);
        } catch (ArtifactRejected e) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, e.publicMessage(), "manifest");
        }
    }

    private static List<ArtifactFile> files(Submission submission, ManifestDocument given) throws IOException {
        List<String> paths = ordered(submission, given);
        requireNoFileInsideAnother(paths);
        if (paths.contains(DirectoryVersions.MANIFEST)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the manifest is a part of its own, not a file of the model", "model");
        }
        List<ArtifactFile> files = new ArrayList<>();
        for (String path : paths) {
            Path file = submission.directory().resolve(path);
            files.add(new ArtifactFile(path, ArtifactDigests.sha256(file), Files.size(file)));
        }
        List<ManifestDocument.FileEntry> listed = given.files() == null ? List.of() : given.files();
        for (int i = 0; i < listed.size(); i++) {
            ManifestDocument.FileEntry entry = listed.get(i);
            ArtifactFile file = files.get(i);
            if (entry.sha256() != null && !entry.sha256().equals(file.sha256())) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "the file that arrived has another digest: " + file.sha256(),
                        FILES + "[" + i + "].sha256");
            }
            if (entry.bytes() != null && entry.bytes() != file.bytes()) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "the file that arrived has " + file.bytes() + " bytes",
                        FILES + "[" + i + "].bytes");
            }
        }
        return files;
    }

    /** Returns the paths in the manifest's order, or the first as it came and the others by name. */
    private static List<String> ordered(Submission submission, ManifestDocument given) {
        List<String> arrived = submission.files();
        if (given.files() == null) {
            List<String> paths = new ArrayList<>(
                    arrived.subList(1, arrived.size()).stream().sorted().toList());
            paths.addFirst(arrived.getFirst());
            return paths;
        }
        List<String> paths = new ArrayList<>();
        given.files().forEach(entry -> paths.add(Objects.requireNonNullElse(entry.path(), "")));
        Set<String> differ = new TreeSet<>(arrived);
        paths.forEach(path -> {
            if (!differ.remove(path)) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "a listed file did not arrive, or is listed twice",
                        FILES + "[" + paths.indexOf(path) + "].path");
            }
        });
        if (!differ.isEmpty()) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "a file arrived that is not listed: " + differ.iterator().next(),
                    FILES);
        }
        return paths;
    }

    private static void requireNoFileInsideAnother(List<String> paths) {
        for (String path : paths) {
            if (paths.stream().anyMatch(other -> other.startsWith(path + "/"))) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "a file has the path of another's directory: " + path, "model");
            }
        }
    }

    private static void requireOneArray(byte[] part) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(part)) {
            boolean array = parser.nextToken() == JsonToken.START_ARRAY;
            parser.skipChildren();
            if (!array || parser.nextToken() != null) {
                throw new IOException("no array, or more than one");
            }
        }
    }

    /** Returns what the maker says. */
    ManifestDocument given() {
        return given;
    }

    /** Says whether the maker says whether there is a batch axis. */
    boolean axisGiven() {
        return axisGiven;
    }

    /** Returns the files that arrived, the model itself first. */
    List<ArtifactFile> files() {
        return files;
    }

    /** Returns the name of the version, or null when it gets the next number. */
    @Nullable
    String version() {
        return submission.version() == null ? given.version() : submission.version();
    }

    /**
     * Returns the golden samples, wherever they stand.
     *
     * @throws RequestRejected when they are none
     */
    List<ManifestDocument.Golden> golden() {
        byte[] part = submission.golden();
        if (part == null) {
            return given.golden() == null ? List.of() : given.golden();
        }
        // As a field of a manifest, so that they are read, and refused, in the same words.
        String document = "{\"golden\":" + new String(part, StandardCharsets.UTF_8) + "}";
        try {
            requireOneArray(part);
            List<ManifestDocument.Golden> samples =
                    document(document.getBytes(StandardCharsets.UTF_8)).golden();
            return samples == null ? List.of() : samples;
        } catch (IOException e) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "golden samples are one JSON array, as in a manifest", "golden");
        } catch (RequestRejected e) {
            throw new RequestRejected(e.code(), e.publicMessage(), "golden");
        }
    }
}
