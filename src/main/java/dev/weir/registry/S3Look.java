package dev.weir.registry;

import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What lies in a bucket, object by object as it is listed. Keys whose parts are no names are not seen. */
final class S3Look {

    /** A file of a version that may have no manifest. */
    record File(String path, long bytes, String etag) {}

    /** What lies in a version's place. */
    static final class Place {

        private final StringBuilder mark = new StringBuilder();
        private final List<File> files = new ArrayList<>();
        private boolean manifest;
        private @Nullable Instant changedAt;

        private void note(String path, S3Object object, boolean mayBeBare) {
            mark.append(path)
                    .append(' ')
                    .append(object.size())
                    .append(' ')
                    .append(object.eTag())
                    .append(';');
            manifest |= path.equals(S3Versions.MANIFEST);
            if (manifest || !mayBeBare) {
                files.clear();
            } else {
                files.add(new File(path, object.size(), object.eTag()));
                Instant modified = object.lastModified();
                changedAt = changedAt == null || modified.isAfter(changedAt) ? modified : changedAt;
            }
        }

        boolean hasManifest() {
            return manifest;
        }

        /** Returns every file, in order of paths, if the version has a number and no manifest; nothing otherwise. */
        List<File> files() {
            return files;
        }

        /** Returns when the last of those files came. */
        @Nullable
        Instant changedAt() {
            return changedAt;
        }

        /** Returns what differs once an object does. */
        String mark() {
            return ArtifactDigests.sha256(mark.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private final Map<VersionRef, Place> places = new HashMap<>();
    private final Map<String, String> documents = new HashMap<>();

    /** Takes note of an object; all of a version's come one after the other. */
    void note(S3Object object) {
        String[] parts = object.key().split("/", 3);
        if (parts.length == 2 && Names.isName(parts[0])) {
            if (parts[1].equals(Aliases.FILE) || parts[1].equals(Revocations.FILE)) {
                documents.put(object.key(), object.eTag());
            }
        } else if (parts.length == 3 && Names.isName(parts[0]) && Names.isName(parts[1]) && !isDirectory(parts[2])) {
            places.computeIfAbsent(new VersionRef(parts[0], parts[1]), each -> new Place())
                    .note(parts[2], object, BareVersions.mayBeBare(parts[1]));
        }
    }

    /** Some tools show directories, which a bucket has not, by writing such objects. */
    private static boolean isDirectory(String path) {
        return path.isEmpty() || path.endsWith("/");
    }

    Map<VersionRef, Place> places() {
        return places;
    }

    /** Returns what tells documents from their former selves, by key. */
    Map<String, String> documents() {
        return documents;
    }
}
