package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the name of a version that was given none: the number it has already, or the next. */
final class NextVersion {

    /** How often somebody else may take the number first. */
    static final int MAX_TRIES = 16;

    /** How many versions are looked at for one that is the same; their manifests are read once. */
    private static final int LOOK_BACK = 1_000;

    private final ModelSource source;
    private final Manifests manifests;

    NextVersion(ModelSource source, Manifests manifests) {
        this.source = source;
        this.manifests = manifests;
    }

    /** Returns the number of the version that this is, if it is one of the newest, else one more than there is. */
    String find(ManifestDraft draft) {
        Listing listing = source.list();
        List<Long> newest = listing.versions().keySet().stream()
                .filter(ref -> ref.model().equals(draft.model()))
                .map(VersionRef::version)
                .filter(version -> version.matches("[1-9][0-9]{0,17}"))
                .map(Long::valueOf)
                .sorted(Comparator.reverseOrder())
                .toList();
        for (long number : newest.subList(0, Math.min(LOOK_BACK, newest.size()))) {
            String version = Long.toString(number);
            String digest = "sha256:" + ArtifactDigests.sha256(draft.write(version));
            if (digest.equals(manifests.digest(new VersionRef(draft.model(), version), listing))) {
                return version;
            }
        }
        return Long.toString(newest.isEmpty() ? 1 : newest.getFirst() + 1);
    }

    /**
     * Says whether the registry has a version already.
     *
     * @throws RequestRejected when it holds something else under that name
     */
    boolean holds(VersionRef ref, String digest) {
        if (!source.list().holds(ref)) {
            return false;
        }
        if (digest.equals(digest(ref))) {
            return true;
        }
        throw new RequestRejected(
                FailureCode.CONFLICT,
                "the registry holds something else in this version's place; versions never change",
                "version");
    }

    /** Returns what tells a version from others, without its files; null for one that is not this, whatever it is. */
    private @Nullable String digest(VersionRef ref) {
        try {
            return source.describe(ref).digest();
        } catch (ArtifactRejected e) {
            return null;
        }
    }
}
