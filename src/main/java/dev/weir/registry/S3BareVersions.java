package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Versions without a manifest in a bucket: {@code <model>/<number>/model.onnx} and what lies beside it. Nothing in a
 * bucket is renamed, so such files may as well be the first ones of a version whose manifest is on its way. They count
 * once they have lain there for a while, and never when Weir wrote them itself, which gives every version a manifest.
 *
 * <p>Digests are computed when a version is fetched, and stand in the manifest that is written of it in the cache. It is
 * found there as long as the bucket lists the same names, sizes and ETags. Thread-safe.
 */
final class S3BareVersions {

    private static final String UNREAD = "0".repeat(64);

    private final S3Objects objects;
    private final BareVersions bare;
    private final ModelDescriber describer;
    private final FileInspection inspection;
    private final Duration after;
    private final InstantSource clock;

    /** Of model files that were looked at, by key, the ETag of those that were copied, and of those that were not. */
    private final Map<String, String> copied = new ConcurrentHashMap<>();

    private final Map<String, String> published = new ConcurrentHashMap<>();

    S3BareVersions(
            S3Objects objects,
            ModelDescriber describer,
            FileInspection inspection,
            Duration after,
            InstantSource clock) {
        this.objects = objects;
        this.bare = new BareVersions(describer);
        this.describer = describer;
        this.inspection = inspection;
        this.after = after;
        this.clock = clock;
    }

    /** Says whether there is such a version. */
    boolean holds(VersionRef ref) {
        return model(ref, look(ref)) != null;
    }

    /** Returns the key of a version's model file, or null when there is no such version. */
    @Nullable
    String modelKey(VersionRef ref) {
        S3Look.File model = model(ref, look(ref));
        return model == null ? null : S3Versions.place(ref) + model.path();
    }

    /** Says whether what lies in a version's place is one. Asks the store for what it did not ask for yet. */
    boolean holds(VersionRef ref, S3Look.Place place) {
        return model(ref, place) != null;
    }

    private S3Look.@Nullable Place look(VersionRef ref) {
        if (!BareVersions.mayBeBare(ref.version())) {
            return null;
        }
        S3Look look = new S3Look();
        objects.list(S3Versions.place(ref), look::note);
        return look.places().get(ref);
    }

    private S3Look.@Nullable File model(VersionRef ref, S3Look.@Nullable Place place) {
        if (place == null || place.hasManifest()) {
            return null;
        }
        ModelFormat format = format(place);
        S3Look.File model = place.files().stream()
                .filter(file -> format != null && file.path().equals(format.conventionalFile()))
                .findFirst()
                .orElse(null);
        Instant changedAt = place.changedAt();
        return model == null
                        || changedAt == null
                        || changedAt.isAfter(clock.instant().minus(after))
                        || !isCopied(S3Versions.place(ref) + model.path(), model.etag())
                ? null
                : model;
    }

    private @Nullable ModelFormat format(S3Look.Place place) {
        return bare.format(
                name -> place.files().stream().anyMatch(file -> file.path().equals(name)));
    }

    private boolean isCopied(String key, String etag) {
        if (etag.equals(copied.get(key)) || etag.equals(published.get(key))) {
            return etag.equals(copied.get(key));
        }
        S3Objects.Facts facts = objects.head(key);
        if (facts == null) {
            return false;
        }
        (facts.sha256() == null ? copied : published).put(key, facts.etag());
        return facts.sha256() == null && facts.etag().equals(etag);
    }

    /**
     * Fetches a version.
     *
     * @param registry the registry, as it names itself
     * @throws ArtifactRejected when there is no such version, it is larger than allowed, or can't be described
     * @throws RegistryUnavailable when it can't be read, or changes meanwhile
     */
    ModelArtifact fetch(VersionRef ref, String registry, ArtifactCache cache) {
        S3Look.Place place = look(ref);
        S3Look.File model = model(ref, place);
        ModelFormat format = place == null ? null : format(place);
        if (place == null || model == null || format == null) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        ModelArtifact cached = cache.find(registry, ref, place.mark());
        if (cached != null) {
            return cached;
        }
        List<S3Look.File> listed = new ArrayList<>(place.files());
        listed.remove(model);
        listed.addFirst(model);
        requireWithinLimits(ref, format, listed);
        long bytes = listed.stream().mapToLong(S3Look.File::bytes).sum();
        try (CacheStaging staging = cache.stage(ref, bytes)) {
            List<ArtifactFile> files = new ArrayList<>();
            for (S3Look.File file : listed) {
                files.add(download(ref, file, staging));
            }
            ModelSignature signature = describer.describe(format, ref, staging.directory(), files);
            byte[] manifest = new ManifestDraft(
                            ref.model(),
                            format.name(),
                            files,
                            new SignatureDraft(signature).with(null, false),
                            List.of(),
                            null,
                            ManifestDocument.EMPTY)
                    .write(ref.version());
            return staging.commit(registry, place.mark(), manifest);
        } catch (IOException e) {
            throw new RegistryUnavailable("the version's files can't be read", e);
        }
    }

    private void requireWithinLimits(VersionRef ref, ModelFormat format, List<S3Look.File> listed) {
        try {
            List<ArtifactFile> unread = listed.stream()
                    .map(file -> new ArtifactFile(file.path(), UNREAD, file.bytes()))
                    .toList();
            inspection.requireWithinLimits(ModelDescriber.undescribed(ref, format.name(), Path.of(""), unread)
                    .manifest());
        } catch (IllegalArgumentException e) { // a path that is none
            throw new ArtifactRejected(String.valueOf(e.getMessage()), e);
        }
    }

    private ArtifactFile download(VersionRef ref, S3Look.File file, CacheStaging staging) {
        List<ArtifactFile> got = new ArrayList<>();
        boolean there = objects.read(
                S3Versions.place(ref) + file.path(),
                file.etag(),
                (bytes, in) -> got.add(staging.add(file.path(), in, file.bytes())));
        if (!there || got.getFirst().bytes() != file.bytes()) {
            throw new RegistryUnavailable("file '" + file.path() + "' went or broke off while it was read", null);
        }
        return got.getFirst();
    }
}
