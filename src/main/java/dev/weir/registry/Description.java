package dev.weir.registry;

import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.ModelArtifact;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a registry says of a version without bringing its files here.
 *
 * @param metadata what its manifest says. While there is no digest, it holds what a policy or a search may ask for, and
 *     lacks what only the files tell: their digests, and the signature.
 * @param digest {@code sha256:} and the digest of the manifest's bytes; null when the version has no manifest until its
 *     files are here
 */
public record Description(Metadata metadata, @Nullable String digest) {

    /** What is known of a version of which nothing was read. */
    static final Description UNREAD = new Description(new Metadata(new TreeMap<>()), null);

    /** Describes a version that is here. */
    static Description of(ModelArtifact artifact) {
        return new Description(Metadata.of(artifact.manifest()), artifact.digest());
    }

    /** Says whether nothing is missing that the manifest says. */
    boolean isWhole() {
        return digest != null;
    }

    /** Says whether everything is known that a policy may ask for: not every store tells the sizes of files. */
    boolean suffices() {
        return isWhole() || metadata.has("bytes");
    }
}
