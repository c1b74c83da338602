package dev.weir.registry;

import dev.weir.inference.VersionRef;
import java.util.List;

/**
 * The versions that a deployment took as its primary before.
 *
 * @param versions the versions, the newest first
 * @param alike whether it compared them as the policy does that is asked now; if not, they may set a bar, but don't pass
 */
public record Acceptance(List<VersionRef> versions, boolean alike) {

    /** Nothing is known. */
    public static final Acceptance NONE = new Acceptance(List.of(), false);

    /** Copies the list. */
    public Acceptance {
        versions = List.copyOf(versions);
    }

    /** Says whether a version has passed before, and is not compared again. */
    boolean covers(VersionRef ref) {
        return alike && versions.contains(ref);
    }
}
