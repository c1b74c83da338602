package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.servable.Lineage;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what a manifest says of where its version comes from. */
final class LineageReader {

    private LineageReader() {}

    /**
     * Returns what a manifest says of where a version comes from.
     *
     * @throws ArtifactRejected naming the field that is missing
     */
    static Lineage read(ManifestDocument.@Nullable Origin origin) {
        if (origin == null) {
            return Lineage.UNKNOWN;
        }
        ManifestDocument.Code code = origin.code();
        ManifestDocument.TrainingData data = origin.trainingData();
        return new Lineage(
                code == null ? null : new Lineage.Code(code.repository(), code.revision(), code.path(), code.sha256()),
                environment(origin.environment()),
                data == null
                        ? null
                        : new Lineage.TrainingData(
                                ManifestReader.require(data.reference(), "lineage.training_data.reference"),
                                data.sha256(),
                                data.rows(),
                                data.licence()),
                origin.run() == null ? null : origin.run().id(),
                origin.metrics() == null ? Map.of() : origin.metrics(),
                origin.author(),
                origin.project(),
                origin.createdAt());
    }

    private static Map<String, String> environment(ManifestDocument.@Nullable Environment environment) {
        Map<String, String> versions = new TreeMap<>();
        if (environment != null) {
            if (environment.packages() != null) {
                versions.putAll(environment.packages());
            }
            if (environment.python() != null) {
                versions.put("python", environment.python());
            }
        }
        return versions;
    }
}
