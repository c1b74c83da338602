package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelManifest;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bucket of versions: {@code <prefix>/<model>/<version>/manifest.json} and the files it lists, or {@code
 * <prefix>/<model>/<number>/model.onnx} without a manifest. Keys whose parts are no names are not seen.
 *
 * <p>To list costs one request per thousand objects, and one for each document of aliases or revocations that changed.
 */
@Singleton
@Identifier("s3")
class S3ModelSource implements RemoteModelSource {

    private static final String MANIFEST = S3Versions.MANIFEST;

    private final S3Objects objects;
    private final ArtifactCache cache;
    private final String identity;
    private final FileInspection inspection;
    private final S3BareVersions bare;
    private final S3Versions versions;
    private final S3Documents documents;
    private final Aliases aliases;
    private final Revocations revocations;

    /**
     * Makes a client; asks nobody yet.
     *
     * @param describer reads versions without a manifest
     * @param inspection says how large a version may be
     * @throws dev.weir.failure.ConfigurationRejected when a key is missing or wrong
     */
    @Inject
    S3ModelSource(
            S3Config config,
            ArtifactCache cache,
            ModelDescriber describer,
            FileInspection inspection,
            InstantSource clock) {
        this.objects = S3Objects.open(config);
        this.cache = cache;
        this.identity = "s3 " + config.endpoint().map(URI::toString).orElse("amazon") + " "
                + config.bucket().orElse("") + " " + config.prefix().orElse("");
        this.inspection = inspection;
        this.bare = new S3BareVersions(objects, describer, inspection, config.bareAfter(), clock);
        this.versions = new S3Versions(objects, bare, S3Publisher.of(cache.notes()), clock);
        this.documents = new S3Documents(objects);
        this.aliases = new Aliases(documents);
        this.revocations = new Revocations(documents);
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public Listing list() {
        Runnable patience = objects.patience();
        S3Look look = new S3Look();
        objects.list("", look::note);
        Map<VersionRef, String> found = new HashMap<>();
        look.places().forEach((ref, place) -> {
            patience.run();
            if (place.hasManifest() || bare.holds(ref, place)) {
                found.put(ref, place.mark());
            }
        });
        return withDocuments(found, look.documents(), patience);
    }

    private Listing withDocuments(Map<VersionRef, String> found, Map<String, String> etags, Runnable patience) {
        ModelDocuments listed = documents.listed(etags);
        Aliases listedAliases = new Aliases(listed);
        Revocations listedRevocations = new Revocations(listed);
        Map<String, Map<String, String>> names = new HashMap<>();
        Map<VersionRef, Revocation> revoked = new HashMap<>();
        Map<String, String> problems = new HashMap<>();
        Set<String> models = new HashSet<>();
        found.keySet().forEach(ref -> models.add(ref.model()));
        etags.keySet().forEach(key -> models.add(key.substring(0, key.indexOf('/'))));
        for (String model : models) {
            patience.run(); // what was read so far need not be read again by the next look
            try {
                names.put(model, listedAliases.read(model));
                revoked.putAll(listedRevocations.read(model));
            } catch (IOException e) {
                problems.put(model, "the aliases or revocations of model '" + model + "' can't be read");
            }
        }
        return Listing.of(found, names, revoked, problems);
    }

    @Override
    public Description describe(VersionRef ref) {
        byte[] manifest = manifest(ref);
        if (manifest == null) {
            return Description.UNREAD; // only its file says what it is, and whoever asks fetches under a lock
        }
        return new Description(Metadata.of(read(ref, manifest)), "sha256:" + ArtifactDigests.sha256(manifest));
    }

    private static ModelManifest read(VersionRef ref, byte[] manifest) {
        ModelManifest described = ManifestReader.read(manifest);
        if (!described.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + described.ref());
        }
        return described;
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        byte[] manifest = manifest(ref);
        if (manifest == null) {
            return bare.fetch(ref, identity, cache);
        }
        ModelManifest described = read(ref, manifest);
        String digest = ArtifactDigests.sha256(manifest);
        ModelArtifact cached = cache.find(identity, ref, digest);
        if (cached != null) {
            return cached;
        }
        inspection.requireWithinLimits(described);
        try (CacheStaging staging = cache.stage(ref, described.bytes())) {
            for (ArtifactFile file : described.files()) {
                download(S3Versions.place(ref) + file.path(), file, staging);
            }
            return staging.commit(identity, digest, manifest);
        }
    }

    private byte @Nullable [] manifest(VersionRef ref) {
        try {
            S3Objects.Content manifest = objects.read(S3Versions.place(ref) + MANIFEST, S3Versions.MAX_MANIFEST_BYTES);
            return manifest == null ? null : manifest.bytes();
        } catch (IOException e) {
            throw new ArtifactRejected("the manifest is larger than " + S3Versions.MAX_MANIFEST_BYTES + " bytes", e);
        }
    }

    private void download(String key, ArtifactFile file, CacheStaging staging) {
        boolean there = objects.read(key, null, (bytes, in) -> {
            if (bytes >= 0 && bytes != file.bytes()) {
                throw new ArtifactRejected(
                        "file '" + file.path() + "' has " + bytes + " bytes, but the manifest says " + file.bytes());
            }
            staging.add(file, in);
        });
        if (!there) {
            throw new ArtifactRejected("file '" + file.path() + "' is missing");
        }
    }

    @Override
    public boolean publish(Publication publication) {
        return versions.publish(publication);
    }

    @Override
    public void revoke(VersionRef ref, Revocation revocation) {
        requireVersion(ref);
        revocations.add(ref, revocation);
    }

    @Override
    public void delete(VersionRef ref) {
        versions.delete(ref);
    }

    @Override
    public void moveAlias(String model, AliasMove move) {
        requireVersion(new VersionRef(model, move.to()));
        aliases.move(model, move);
    }

    private void requireVersion(VersionRef ref) {
        if (!versions.holds(ref)) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
        }
    }

    @Override
    public List<AliasMove> aliasHistory(String model) {
        try {
            return aliases.history(Names.requireName(model, "model"));
        } catch (IOException e) {
            throw new RegistryUnavailable("the aliases of model '" + model + "' can't be read", e);
        }
    }

    @PreDestroy
    void close() {
        objects.close();
    }
}
