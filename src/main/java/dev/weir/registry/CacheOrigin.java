package dev.weir.registry;

import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import org.jspecify.annotations.Nullable;

/**
 * Where a version in the cache comes from, as it stands beside it.
 *
 * @param schemaVersion of this document
 * @param registry the registry, as it names itself; never with a secret
 * @param model the version's model
 * @param version the version's name
 * @param mark what tells its source that the registry still holds the same
 */
record CacheOrigin(String schemaVersion, String registry, String model, String version, String mark) {

    CacheOrigin(String registry, VersionRef ref, String mark) {
        this(DocumentJson.SCHEMA_VERSION, registry, ref.model(), ref.version(), mark);
    }

    @SuppressWarnings("ConstantValue") // what is read from a file may lack anything
    boolean isSound() {
        return DocumentJson.SCHEMA_VERSION.equals(schemaVersion)
                && isThere(registry)
                && isThere(mark)
                && isThere(model)
                && isThere(version)
                && Names.isName(model)
                && Names.isName(version);
    }

    private static boolean isThere(@Nullable String value) {
        return value != null;
    }

    VersionRef ref() {
        return new VersionRef(model, version);
    }

    boolean is(String otherRegistry, VersionRef ref) {
        return registry.equals(otherRegistry) && ref().equals(ref);
    }
}
