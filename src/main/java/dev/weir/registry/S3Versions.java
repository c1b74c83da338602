package dev.weir.registry;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts versions into a bucket and takes them out. The manifest is written last and removed last: a version without is
 * not seen, and one without its files can't be loaded. Every object is written on condition that there is none, so that two who publish the same version at once
 * can't mix their files; the store must honour such conditions.
 */
final class S3Versions {

    /** How often a conditional write is tried that met another one. */
    private static final int MAX_TRIES = 8;

    static final String MANIFEST = DirectoryVersions.MANIFEST;
    static final int MAX_MANIFEST_BYTES = 16 << 20;

    /** What one request may carry. Parts are beyond the client that is here; see the known limits. */
    private static final long MAX_FILE_BYTES = 5L << 30;

    /** After this time, nobody works on files without a manifest any more: whoever did was killed. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final S3Objects objects;
    private final S3BareVersions bare;
    private final String publisher;
    private final InstantSource clock;

    /** Each lets one thread at a time publish some of all versions, so that it finds nothing of another at work. */
    private final Object[] writers = new Object[64];

    /**
     * Prepares to write.
     *
     * @param publisher what this server marks its objects with, as no other does
     */
    S3Versions(S3Objects objects, S3BareVersions bare, String publisher, InstantSource clock) {
        this.objects = objects;
        this.bare = bare;
        this.publisher = publisher;
        this.clock = clock;
        Arrays.setAll(writers, each -> new Object());
    }

    /** Returns the key below which a version's files lie. */
    static String place(VersionRef ref) {
        return ref.model() + "/" + ref.version() + "/";
    }

    boolean holds(VersionRef ref) {
        return objects.head(place(ref) + MANIFEST) != null || bare.holds(ref);
    }

    /** Publishes a version; see {@link ModelSource#publish}. */
    boolean publish(Publication publication) {
        synchronized (writers[Math.floorMod(publication.ref().hashCode(), writers.length)]) {
            return publishAlone(publication);
        }
    }

    private boolean publishAlone(Publication publication) {
        String place = place(publication.ref());
        if (isThere(publication)) {
            return false;
        }
        try {
            requireSmall(publication);
            for (Map.Entry<String, Path> file : publication.files().entrySet()) {
                upload(place + file.getKey(), file.getValue());
            }
        } catch (IOException e) {
            throw new RegistryUnavailable("the version can't be written", e);
        }
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            if (objects.put(place + MANIFEST, publication.manifest(), new S3Objects.Condition.Absent())) {
                return true;
            }
            if (isThere(publication)) {
                return false;
            }
        }
        throw undecided();
    }

    /** A store may answer that a write met another one, and that there is nothing, as long as both go on. */
    private static RegistryUnavailable undecided() {
        return new RegistryUnavailable("the store does not decide whose write counts; try again", null);
    }

    private boolean isThere(Publication publication) {
        S3Objects.Content manifest;
        try {
            manifest = objects.read(place(publication.ref()) + MANIFEST, MAX_MANIFEST_BYTES);
        } catch (IOException e) {
            throw conflict("the registry holds something else in this version's place; versions never change");
        }
        if (manifest == null
                ? bare.holds(publication.ref())
                : !Arrays.equals(manifest.bytes(), publication.manifest())) {
            throw conflict("the registry holds something else in this version's place; versions never change");
        }
        return manifest != null;
    }

    private static RequestRejected conflict(String why) {
        return new RequestRejected(FailureCode.CONFLICT, why, "version");
    }

    /** Requires that every file fits into a request, before the first is sent. */
    private static void requireSmall(Publication publication) throws IOException {
        for (Map.Entry<String, Path> file : publication.files().entrySet()) {
            long bytes = Files.size(file.getValue());
            if (bytes > MAX_FILE_BYTES) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "file '" + file.getKey() + "' has " + bytes + " bytes, but in one request an S3 store takes "
                                + MAX_FILE_BYTES + "; copy larger ones with a tool that sends parts",
                        "files");
            }
        }
    }

    private void upload(String key, Path file) throws IOException {
        String sha256 = ArtifactDigests.sha256(file);
        Map<String, String> marks = Map.of(S3Objects.SHA256, sha256, S3Objects.PUBLISHER, publisher);
        S3Objects.Condition condition = new S3Objects.Condition.Absent();
        for (int tries = 0; !objects.put(key, file, marks, condition); tries++) {
            if (tries == MAX_TRIES) {
                throw undecided();
            }
            S3Objects.Facts there = objects.head(key);
            if (there == null) {
                condition = new S3Objects.Condition.Absent();
            } else if (sha256.equals(there.sha256()) && there.bytes() == Files.size(file)) {
                return;
            } else if (publisher.equals(there.publisher()) || isAbandoned(there.modifiedAt())) {
                condition = new S3Objects.Condition.Still(there.etag());
            } else {
                throw conflict("somebody else publishes this version, or began to less than a day ago");
            }
        }
    }

    private boolean isAbandoned(@Nullable Instant modifiedAt) {
        return modifiedAt != null && modifiedAt.isBefore(clock.instant().minus(ABANDONED));
    }

    /** Removes a version; see {@link ModelSource#delete}. */
    void delete(VersionRef ref) {
        List<String> keys = objects.keys(place(ref));
        String manifest = place(ref) + MANIFEST;
        String front = keys.contains(manifest) ? manifest : bare.modelKey(ref);
        if (front == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
        }
        // What names a version goes last, so that one half removed is no other version, can't be loaded, and can be
        // removed.
        keys.stream().filter(key -> !key.equals(front)).forEach(objects::delete);
        objects.delete(front);
    }
}
