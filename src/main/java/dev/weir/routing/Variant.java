package dev.weir.routing;

import dev.weir.inference.Names;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;

/**
 * One way a deployment may answer.
 *
 * @param name its name within the deployment
 * @param version the version behind it
 * @param role the part it plays
 */
public record Variant(String name, VersionRef version, VariantRole role) {

    /**
     * Checks the name.
     *
     * @throws dev.weir.failure.RequestRejected when it is no name
     */
    public Variant {
        Names.requireName(name, "variant");
    }
}
