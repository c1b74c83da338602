package dev.weir.deployment;

import dev.weir.inference.Names;
import dev.weir.inference.VariantRole;
import dev.weir.routing.Share;

/**
 * A variant as a deployment's file says.
 *
 * @param name its name within the deployment
 * @param choice the version behind it
 * @param role the part it plays
 * @param share its share of the requests: of all for a canary, of what that leaves for the primary and the arms; none for a
 *     standby
 */
public record VariantSpec(String name, VersionChoice choice, VariantRole role, Share share) {

    /**
     * Checks the name.
     *
     * @throws dev.weir.failure.RequestRejected when it is no name
     */
    public VariantSpec {
        Names.requireName(name, "variant");
    }

    /** Makes a primary that gets everything that no canary takes, or a variant that gets nothing. */
    public VariantSpec(String name, VersionChoice choice, VariantRole role) {
        this(name, choice, role, role == VariantRole.PRIMARY ? Share.ALL : Share.NONE);
    }
}
