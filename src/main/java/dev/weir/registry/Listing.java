package dev.weir.registry;

import dev.weir.inference.VersionRef;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a registry holds at one moment.
 *
 * @param versions every version, with a mark that differs when its files differ; equal marks promise nothing
 * @param aliases model by model, the version behind each alias, which may be one that is gone
 */
public record Listing(SortedMap<VersionRef, String> versions, SortedMap<String, SortedMap<String, String>> aliases) {

    /** Nothing. */
    public static final Listing EMPTY = of(Map.of(), Map.of());

    /** Returns a listing of copies, sorted by model, version and alias. */
    public static Listing of(Map<VersionRef, String> versions, Map<String, ? extends Map<String, String>> aliases) {
        return new Listing(sortedVersions(versions), sortedAliases(aliases));
    }

    private static SortedMap<VersionRef, String> sortedVersions(Map<VersionRef, String> versions) {
        SortedMap<VersionRef, String> sorted =
                new TreeMap<>(Comparator.comparing(VersionRef::model).thenComparing(VersionRef::version));
        sorted.putAll(versions);
        return Collections.unmodifiableSortedMap(sorted);
    }

    private static SortedMap<String, SortedMap<String, String>> sortedAliases(
            Map<String, ? extends Map<String, String>> aliases) {
        SortedMap<String, SortedMap<String, String>> sorted = new TreeMap<>();
        aliases.forEach((model, names) -> sorted.put(model, Collections.unmodifiableSortedMap(new TreeMap<>(names))));
        return Collections.unmodifiableSortedMap(sorted);
    }

    /** Says whether the version exists. */
    public boolean holds(VersionRef ref) {
        return versions.containsKey(ref);
    }

    /** Returns the version's mark, or null when there is no such version. */
    public @Nullable String mark(VersionRef ref) {
        return versions.get(ref);
    }

    /** Returns the version behind an alias, without its {@code @}, or null when the model has no such alias. */
    public @Nullable VersionRef resolve(String model, String alias) {
        SortedMap<String, String> names = aliases.get(model);
        String version = names == null ? null : names.get(alias);
        return version == null ? null : new VersionRef(model, version);
    }
}
