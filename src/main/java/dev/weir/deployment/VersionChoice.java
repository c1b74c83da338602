package dev.weir.deployment;

import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import org.jspecify.annotations.Nullable;

/** How a deployment's file names the version of a variant. */
public sealed interface VersionChoice {

    /** Returns the version, or null when an alias stands for none. */
    @Nullable
    VersionRef resolve(String model, Listing listing);

    /**
     * Reads {@code 2} or {@code @champion}.
     *
     * @param field what to blame
     * @throws dev.weir.failure.RequestRejected when it is neither
     */
    static VersionChoice of(String text, String field) {
        return text.startsWith("@")
                ? new Aliased(Names.requireName(text.substring(1), field))
                : new Exactly(Names.requireName(text, field));
    }

    /** Returns the name without the mark of an alias. */
    String name();

    /** This version and no other, whether the registry lists it or not. */
    record Exactly(String name) implements VersionChoice {
        @Override
        public VersionRef resolve(String model, Listing listing) {
            return new VersionRef(model, name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Whatever version the alias stands for. */
    record Aliased(String name) implements VersionChoice {
        @Override
        public @Nullable VersionRef resolve(String model, Listing listing) {
            return listing.resolve(model, name);
        }

        @Override
        public String toString() {
            return "@" + name;
        }
    }
}
