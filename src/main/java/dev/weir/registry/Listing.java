package dev.weir.registry;

import dev.weir.inference.VersionRef;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a registry holds at one moment.
 *
 * @param versions every version, with a mark that differs when its files differ; equal marks promise nothing
 * @param aliases model by model, the version behind each alias, which may be one that is gone
 * @param revoked the versions that may not serve, some of which may be gone
 * @param problems model by model, why its aliases or revocations can't be read; it has none in this listing then
 * @param cachedAt when it was read, if not now: the registry can't be read, and this is the last that was known
 */
public record Listing(
        SortedMap<VersionRef, String> versions,
        SortedMap<String, SortedMap<String, String>> aliases,
        SortedMap<VersionRef, Revocation> revoked,
        SortedMap<String, String> problems,
        @Nullable Instant cachedAt) {

    private static final Comparator<VersionRef> BY_MODEL_AND_VERSION =
            Comparator.comparing(VersionRef::model).thenComparing(VersionRef::version);

    /** Nothing. */
    public static final Listing EMPTY = of(Map.of(), Map.of());

    /** Sorts copies by model, version and alias. */
    public static Listing of(
            Map<VersionRef, String> versions,
            Map<String, ? extends Map<String, String>> aliases,
            Map<VersionRef, Revocation> revoked,
            Map<String, String> problems) {
        SortedMap<String, SortedMap<String, String>> names = new TreeMap<>();
        aliases.forEach((model, each) -> names.put(model, sorted(each)));
        return new Listing(
                byRef(versions), Collections.unmodifiableSortedMap(names), byRef(revoked), sorted(problems), null);
    }

    /** Returns a listing in which nothing is revoked and everything could be read. */
    public static Listing of(Map<VersionRef, String> versions, Map<String, ? extends Map<String, String>> aliases) {
        return of(versions, aliases, Map.of(), Map.of());
    }

    private static <V> SortedMap<VersionRef, V> byRef(Map<VersionRef, V> map) {
        SortedMap<VersionRef, V> sorted = new TreeMap<>(BY_MODEL_AND_VERSION);
        sorted.putAll(map);
        return Collections.unmodifiableSortedMap(sorted);
    }

    private static <V> SortedMap<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }

    /** Says whether the version exists. */
    public boolean holds(VersionRef ref) {
        return versions.containsKey(ref);
    }

    /** Returns the version's mark, or null when there is no such version. */
    public @Nullable String mark(VersionRef ref) {
        return versions.get(ref);
    }

    /** Returns why the version may not serve, or null when nobody revoked it. */
    public @Nullable Revocation revocation(VersionRef ref) {
        return revoked.get(ref);
    }

    /** Returns the version behind an alias, without its {@code @}, or null when the model has no such alias. */
    public @Nullable VersionRef resolve(String model, String alias) {
        SortedMap<String, String> names = aliases.get(model);
        String version = names == null ? null : names.get(alias);
        return version == null ? null : new VersionRef(model, version);
    }

    /**
     * Returns this listing, with what a former one had of each model that can't be read: its aliases and revocations, and
     * its versions if none of them was read. What can't be read is not gone.
     */
    public Listing fillGaps(Listing former) {
        if (problems.isEmpty()) {
            return this;
        }
        Set<String> unread = problems.keySet();
        Map<String, SortedMap<String, String>> names = new TreeMap<>(aliases);
        unread.forEach(model -> names.put(model, former.aliases.getOrDefault(model, Collections.emptySortedMap())));
        SortedMap<VersionRef, Revocation> kept = new TreeMap<>(BY_MODEL_AND_VERSION);
        kept.putAll(revoked);
        former.revoked.forEach((ref, revocation) -> {
            if (unread.contains(ref.model())) {
                kept.put(ref, revocation);
            }
        });
        Set<String> read = versions.keySet().stream().map(VersionRef::model).collect(Collectors.toSet());
        SortedMap<VersionRef, String> marks = new TreeMap<>(BY_MODEL_AND_VERSION);
        marks.putAll(versions);
        former.versions.forEach((ref, mark) -> {
            if (unread.contains(ref.model()) && !read.contains(ref.model())) {
                marks.put(ref, mark);
            }
        });
        return new Listing(
                Collections.unmodifiableSortedMap(marks),
                Collections.unmodifiableSortedMap(new TreeMap<>(names)),
                Collections.unmodifiableSortedMap(kept),
                problems,
                cachedAt);
    }

    /** Returns this listing as the last that was known. */
    public Listing asOf(Instant readAt) {
        return new Listing(versions, aliases, revoked, problems, readAt);
    }

    /** Returns this listing with an alias that stands for a version. */
    public Listing withAlias(VersionRef target, String alias) {
        SortedMap<String, SortedMap<String, String>> names = new TreeMap<>(aliases);
        SortedMap<String, String> those =
                new TreeMap<>(aliases.getOrDefault(target.model(), Collections.emptySortedMap()));
        those.put(alias, target.version());
        names.put(target.model(), Collections.unmodifiableSortedMap(those));
        return new Listing(versions, Collections.unmodifiableSortedMap(names), revoked, problems, cachedAt);
    }

    /** Returns this listing with a version revoked; if it is already, the first revocation counts. */
    public Listing withRevoked(VersionRef ref, Revocation revocation) {
        SortedMap<VersionRef, Revocation> all = new TreeMap<>(revoked);
        all.putIfAbsent(ref, revocation);
        return new Listing(versions, aliases, Collections.unmodifiableSortedMap(all), problems, cachedAt);
    }

    /** Returns this listing without a version; what names it still does. */
    public Listing without(VersionRef ref) {
        SortedMap<VersionRef, String> rest = new TreeMap<>(versions);
        rest.remove(ref);
        return new Listing(Collections.unmodifiableSortedMap(rest), aliases, revoked, problems, cachedAt);
    }

    /** Returns what this listing says of one model. */
    public Listing of(String model) {
        Map<VersionRef, String> marks = new TreeMap<>(BY_MODEL_AND_VERSION);
        versions.forEach((ref, mark) -> {
            if (ref.model().equals(model)) {
                marks.put(ref, mark);
            }
        });
        Map<VersionRef, Revocation> those = new TreeMap<>(BY_MODEL_AND_VERSION);
        revoked.forEach((ref, revocation) -> {
            if (ref.model().equals(model)) {
                those.put(ref, revocation);
            }
        });
        SortedMap<String, String> names = aliases.get(model);
        String problem = problems.get(model);
        return of(
                marks,
                names == null ? Map.of() : Map.of(model, names),
                those,
                problem == null ? Map.of() : Map.of(model, problem));
    }
}
