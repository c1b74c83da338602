package dev.weir.registry.metadata;

import java.util.Map;
import java.util.Set;

/**
 * A field that a policy may name.
 *
 * @param name as the policy writes it: the path in the manifest, or a short name of it
 * @param path the path in the manifest
 * @param kind what it holds
 */
public record MetadataField(String name, String path, Kind kind) {

    /** What a field holds. */
    public enum Kind {
        /** Text, which is equal or not. */
        TEXT,
        /** A number. */
        NUMBER,
        /** Other fields; it is there when any of them is. */
        GROUP
    }

    /** What every field of the lineage begins with. */
    public static final String LINEAGE = "lineage.";

    /** The training code's revision. */
    public static final String REVISION = "lineage.code.revision";

    /** What to look for to find the training data again. */
    public static final String TRAINING_DATA = "lineage.training_data.reference";

    /** The digest of the training data. */
    public static final String TRAINING_DATA_SHA256 = "lineage.training_data.sha256";

    /** The training run. */
    public static final String RUN_ID = "lineage.run.id";

    /** What the name of a metric follows. */
    static final String METRICS = "lineage.metrics.";

    /** What {@code python} or the name of a package follows. */
    static final String ENVIRONMENT = "lineage.environment.";

    private static final String SHORT_METRICS = "metrics.";

    private static final Map<String, String> SHORT = Map.of(
            "lineage.git_commit", REVISION,
            "lineage.training_data", TRAINING_DATA,
            "lineage.run_id", RUN_ID,
            "metrics", "lineage.metrics");

    private static final Set<String> TEXTS = Set.of(
            "format",
            "description",
            "session.execution_provider",
            "session.graph_optimization",
            "session.deterministic",
            "lineage.code.repository",
            REVISION,
            "lineage.code.path",
            "lineage.code.sha256",
            TRAINING_DATA,
            TRAINING_DATA_SHA256,
            "lineage.training_data.licence",
            RUN_ID,
            "lineage.author",
            "lineage.project",
            "lineage.created_at");

    private static final Set<String> NUMBERS =
            Set.of("bytes", "golden", "session.intra_op_threads", "lineage.training_data.rows");

    private static final Set<String> GROUPS =
            Set.of("lineage", "lineage.code", "lineage.environment", "lineage.metrics", "lineage.run");

    /**
     * Returns the field of this name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static MetadataField named(String name) {
        String path = name.startsWith(SHORT_METRICS)
                ? METRICS + name.substring(SHORT_METRICS.length())
                : SHORT.getOrDefault(name, name);
        return new MetadataField(name, path, kind(path));
    }

    private static Kind kind(String path) {
        if (TEXTS.contains(path) || isBelow(path, ENVIRONMENT)) {
            return Kind.TEXT;
        }
        if (NUMBERS.contains(path) || isBelow(path, METRICS)) {
            return Kind.NUMBER;
        }
        if (GROUPS.contains(path)) {
            return Kind.GROUP;
        }
        throw new IllegalArgumentException("there is no field '" + path + "'");
    }

    private static boolean isBelow(String path, String group) {
        return path.startsWith(group) && path.length() > group.length();
    }

    /** Returns the name as a policy writes it: quoted from where it holds anything unusual. */
    @Override
    public String toString() {
        for (String open : new String[] {SHORT_METRICS, METRICS, ENVIRONMENT}) {
            if (isBelow(name, open)) {
                String rest = name.substring(open.length());
                return RequirementParser.isPlain(rest) ? name : open + RequirementParser.quote(rest);
            }
        }
        return name;
    }
}
