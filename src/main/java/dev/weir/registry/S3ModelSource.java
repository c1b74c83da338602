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
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelManifest;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket of versions: {@code <prefix>/<model>/<version>/manifest.json} and the files it lists. Keys whose parts are no
 * names are not seen.
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
    private final S3Versions versions;
    private final S3Documents documents;
    private final Aliases aliases;
    private final Revocations revocations;

    /**
     * Makes a client; asks nobody yet.
     *
     * @throws dev.weir.failure.ConfigurationRejected when a key is missing or wrong
     */
    @Inject
    S3ModelSource(S3Config config, ArtifactCache cache, InstantSource clock) {
        this.objects = S3Objects.open(config);
        this.cache = cache;
        this.identity = "s3 " + config.endpoint().map(URI::toString).orElse("amazon") + " "
                + config.bucket().orElse("") + " " + config.prefix().orElse("");
        this.versions = new S3Versions(objects, clock);
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
        Map<VersionRef, StringBuilder> marks = new HashMap<>();
        Map<String, String> etags = new HashMap<>();
        Set<VersionRef> complete = new HashSet<>();
        objects.list("", object -> note(object, marks, etags, complete));
        marks.keySet().retainAll(complete);
        Map<VersionRef, String> found = new HashMap<>();
        marks.forEach((ref, mark) ->
                found.put(ref, ArtifactDigests.sha256(mark.toString().getBytes(StandardCharsets.UTF_8))));
        return withDocuments(found, etags);
    }

    private static void note(
            S3Object object,
            Map<VersionRef, StringBuilder> marks,
            Map<String, String> etags,
            Set<VersionRef> complete) {
        String[] parts = object.key().split("/", 3);
        if (parts.length == 2 && Names.isName(parts[0])) {
            if (parts[1].equals(Aliases.FILE) || parts[1].equals(Revocations.FILE)) {
                etags.put(object.key(), object.eTag());
            }
        } else if (parts.length == 3 && Names.isName(parts[0]) && Names.isName(parts[1])) {
            VersionRef ref = new VersionRef(parts[0], parts[1]);
            marks.computeIfAbsent(ref, each -> new StringBuilder())
                    .append(parts[2])
                    .append(' ')
                    .append(object.size())
                    .append(' ')
                    .append(object.eTag())
                    .append(';');
            if (parts[2].equals(MANIFEST)) {
                complete.add(ref);
            }
        }
    }

    private Listing withDocuments(Map<VersionRef, String> found, Map<String, String> etags) {
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
        ModelManifest described = read(ref, manifest);
        String digest = ArtifactDigests.sha256(manifest);
        ModelArtifact cached = cache.find(identity, ref, digest);
        if (cached != null) {
            return cached;
        }
        try (CacheStaging staging = cache.stage(ref, described.bytes())) {
            for (ArtifactFile file : described.files()) {
                download(S3Versions.place(ref) + file.path(), file, staging);
            }
            return staging.commit(identity, digest, manifest);
        }
    }

    private byte[] manifest(VersionRef ref) {
        try {
            S3Objects.Content manifest = objects.read(S3Versions.place(ref) + MANIFEST, S3Versions.MAX_MANIFEST_BYTES);
            if (manifest == null) {
                throw new ArtifactRejected("the registry has no version " + ref);
            }
            return manifest.bytes();
        } catch (IOException e) {
            throw new ArtifactRejected("the manifest is larger than " + S3Versions.MAX_MANIFEST_BYTES + " bytes", e);
        }
    }

    private void download(String key, ArtifactFile file, CacheStaging staging) {
        ResponseInputStream<GetObjectResponse> in = objects.open(key);
        if (in == null) {
            throw new ArtifactRejected("file '" + file.path() + "' is missing");
        }
        boolean read = false;
        try {
            Long bytes = in.response().contentLength();
            if (bytes != null && bytes != file.bytes()) {
                throw new ArtifactRejected(
                        "file '" + file.path() + "' has " + bytes + " bytes, but the manifest says " + file.bytes());
            }
            staging.add(file, in);
            read = true;
        } catch (SdkException | UncheckedIOException e) {
            throw new RegistryUnavailable("the registry broke off while file '" + file.path() + "' was read", e);
        } finally {
            if (!read) {
                in.abort(); // or closing it would read the rest
            }
            close(in);
        }
    }

    private static void close(ResponseInputStream<GetObjectResponse> in) {
        try {
            in.close();
        } catch (IOException e) {
            // all that counts was read
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
