package dev.weir.registry;

import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.Alias;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.RegisteredModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads MLflow's registered models and versions as a {@link Listing}. */
final class MlflowListing {

    /** The tag of a version that may not serve. */
    static final String REVOKED = "weir.revoked";

    /** Where the listing says what it skips; no model can be called so. */
    static final String SKIPPED = "(skipped)";

    private final Map<VersionRef, String> marks = new HashMap<>();
    private final Map<String, Map<String, String>> aliases = new HashMap<>();
    private final Map<VersionRef, Revocation> revoked = new HashMap<>();
    private final Map<String, String> skipped = new TreeMap<>();

    private MlflowListing() {}

    /** Returns what MLflow holds, but for versions that are not ready and names that are no names here. */
    static Listing of(List<RegisteredModel> models, List<ModelVersion> versions) {
        MlflowListing listing = new MlflowListing();
        models.forEach(listing::add);
        versions.stream().filter(ModelVersion::isReady).forEach(listing::add);
        return Listing.of(listing.marks, listing.aliases, listing.revoked, listing.problems());
    }

    private void add(RegisteredModel model) {
        String name = model.name();
        if (name == null || !Names.isName(name)) {
            skipped.put(String.valueOf(name), "model");
            return;
        }
        Map<String, String> names = new HashMap<>();
        for (Alias each : model.aliasList()) {
            String alias = each.alias();
            String version = each.version();
            if (alias == null || version == null || !Names.isName(alias) || !Names.isName(version)) {
                skipped.put(name + "@" + alias, "alias");
            } else {
                names.put(alias, version);
            }
        }
        aliases.put(name, names);
    }

    private void add(ModelVersion version) {
        VersionRef ref = ref(version);
        if (ref == null) {
            skipped.put(String.valueOf(version.name()), "model");
            return;
        }
        marks.put(ref, version.mark());
        Revocation revocation = revocation(version);
        if (revocation != null) {
            revoked.put(ref, revocation);
        }
    }

    private static @Nullable VersionRef ref(ModelVersion version) {
        String model = version.name();
        String name = version.version();
        return model != null && name != null && Names.isName(model) && Names.isName(name)
                ? new VersionRef(model, name)
                : null;
    }

    /** Returns why a version may not serve, or null. A tag that somebody set by hand, with any text, revokes as well. */
    static @Nullable Revocation revocation(ModelVersion version) {
        String tag = version.tag(REVOKED);
        if (tag == null) {
            return null;
        }
        try {
            Revocation read = DocumentJson.read(tag.getBytes(StandardCharsets.UTF_8), Revocation.class);
            if (isComplete(read)) {
                return read;
            }
        } catch (IOException e) {
            // below
        }
        Long changed = version.lastUpdatedTimestamp();
        return new Revocation(
                "unknown",
                Instant.ofEpochMilli(changed == null ? 0 : changed),
                tag.isBlank() ? "tag " + REVOKED + " is set" : tag);
    }

    @SuppressWarnings("ConstantValue") // a document may lack anything
    private static boolean isComplete(Revocation read) {
        return isThere(read.actor()) && isThere(read.at()) && isThere(read.reason());
    }

    private static boolean isThere(@Nullable Object value) {
        return value != null;
    }

    private Map<String, String> problems() {
        if (skipped.isEmpty()) {
            return Map.of();
        }
        String first = skipped.keySet().iterator().next();
        return Map.of(
                SKIPPED,
                "MLflow has %d models or aliases that Weir does not see, such as '%s': a name has 1 to 128 characters out"
                                .formatted(skipped.size(), printable(first))
                        + " of A-Z a-z 0-9 . _ -");
    }

    private static String printable(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9._@ -]", "?");
        return plain.length() <= Names.MAX_LENGTH ? plain : plain.substring(0, Names.MAX_LENGTH);
    }
}
