package dev.weir.deployment;

import dev.weir.inference.Names;
import dev.weir.inference.VariantRole;

/**
 * A variant as a deployment's file says.
 *
 * @param name its name within the deployment
 * @param choice the version behind it
 * @param role the part it plays
 */
public record VariantSpec(String name, VersionChoice choice, VariantRole role) {

    /**
     * Checks the name.
     *
     * @throws dev.weir.failure.RequestRejected when it is no name
     */
    public VariantSpec {
        Names.requireName(name, "variant");
    }
}
