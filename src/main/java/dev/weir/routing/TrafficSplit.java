package dev.weir.routing;

import dev.weir.inference.VariantRole;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a deployment's requests fall on its variants.
 *
 * @param variants every variant that has a version, exactly one of them primary, names and versions distinct
 * @param assignment who gets which share, whether or not it has a version
 */
public record TrafficSplit(List<Variant> variants, Assignment assignment) {

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

    /** Returns a split that gives everything to its primary. */
    public static TrafficSplit toPrimary(List<Variant> variants) {
        return new TrafficSplit(
                variants,
                Assignment.toPrimary(variants.stream()
                        .filter(variant -> variant.role() == VariantRole.PRIMARY)
                        .map(Variant::name)
                        .findFirst()
                        .orElse("primary")));
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

    /** Returns the variant of a name, or null when it has no version. */
    public @Nullable Variant variant(String name) {
        for (Variant variant : variants) {
            if (variant.name().equals(name)) {
                return variant;
            }
        }
        return null;
    }

    /** Says whether a key decides who answers. */
    public boolean isDivided() {
        return assignment.isDivided();
    }

    /** Returns the route of a request that asks for nothing special where no key decides anything. */
    public Route route() {
        return Route.to(primary(), Route.Reason.PRIMARY);
    }

    /** Returns the route of a request with a key. One that falls on a variant without a version is the primary's. */
    public Route route(byte[] key) {
        Assignment.Assigned assigned = assignment.assign(key);
        Variant variant = variant(assigned.variant());
        return variant == null
                ? new Route(primary(), Route.Reason.FALLBACK, assigned)
                : new Route(variant, Route.Reason.HASH, assigned);
    }

    /** Returns the route of a request that another variant was to answer, and can't. */
    public Route fallback(Route from) {
        return new Route(primary(), Route.Reason.FALLBACK, from.assigned());
    }

    /** Returns the route of a request pinned to a version, or null when no variant has it. */
    public @Nullable Route pin(String version) {
        for (Variant variant : variants) {
            if (variant.version().version().equals(version)) {
                return Route.to(variant, Route.Reason.PINNED);
            }
        }
        return null;
    }
}
