package dev.weir.routing;

import dev.weir.inference.VariantRole;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a deployment's requests fall on its variants.
 *
 * @param variants every variant, exactly one of them primary, names and versions distinct
 */
public record TrafficSplit(List<Variant> variants) {

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when there is not exactly one primary, or a name or version occurs twice
     */
    public TrafficSplit {
        variants = List.copyOf(variants);
        if (variants.stream().filter(v -> v.role() == VariantRole.PRIMARY).count() != 1) {
            throw new IllegalArgumentException("a deployment needs exactly one primary");
        }
        if (variants.stream().map(Variant::name).distinct().count() != variants.size()
                || variants.stream().map(Variant::version).distinct().count() != variants.size()) {
            throw new IllegalArgumentException("a deployment's variants need distinct names and versions");
        }
    }

    /** Returns the primary. */
    public Variant primary() {
        for (Variant variant : variants) {
            if (variant.role() == VariantRole.PRIMARY) {
                return variant;
            }
        }
        throw new AssertionError("checked at construction");
    }

    /** Returns the route of a request that asks for nothing special. */
    public Route route() {
        return new Route(primary(), Route.Reason.PRIMARY);
    }

    /** Returns the route of a request pinned to a version, or null when no variant has it. */
    public @Nullable Route pin(String version) {
        for (Variant variant : variants) {
            if (variant.version().version().equals(version)) {
                return new Route(variant, Route.Reason.PINNED);
            }
        }
        return null;
    }
}
