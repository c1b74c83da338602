package dev.weir.docs;

import dev.weir.fixture.ServedLog;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A server on which every documented answer can be provoked: the examples, {@code hidden}, which discloses nothing, and
 * {@code broken}, whose version does not exist, and a log of predictions that begins with one record.
 */
public final class DocumentedServer implements QuarkusTestProfile {

    private static final Path EXAMPLES = Path.of("examples/deployments");
    private static final Path EXAMPLE_VERSIONS = Path.of("examples/registry");
    private static final Path REGISTRY = Path.of("target/documented-registry");
    private static final Path DEPLOYMENTS = Path.of("target/documented-deployments");

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(ServedLog.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Files.createDirectories(DEPLOYMENTS);
            try (var files = Files.newDirectoryStream(EXAMPLES, "*.yaml")) {
                for (Path file : files) {
                    Files.writeString(DEPLOYMENTS.resolve(file.getFileName()), Files.readString(file));
                }
            }
            copyRegistry();
            deploy("hidden", "1", "disclose: opaque");
            deploy("broken", "none", "required: false");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(
                "weir.registry.directory",
                REGISTRY.toString(),
                "weir.deployments.directory",
                DEPLOYMENTS.toString(),
                "weir.serving.default-deployment",
                "iris");
    }

    /**
     * Copies the examples, so that aliases may move; {@code gone} can't move back, because that version is missing. Versions
     * of {@code spare} are there to be revoked and deleted.
     */
    private static void copyRegistry() throws IOException {
        forget(REGISTRY.resolve("documented"));
        try (Stream<Path> all = Files.walk(EXAMPLE_VERSIONS)) {
            for (Path from : all.toList()) {
                Path to = REGISTRY.resolve(EXAMPLE_VERSIONS.relativize(from).toString());
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        for (String version : List.of("1", "2")) {
            Files.createDirectories(REGISTRY.resolve("spare").resolve(version));
            Files.writeString(REGISTRY.resolve("spare").resolve(version).resolve("manifest.json"), "{}");
        }
        Files.deleteIfExists(REGISTRY.resolve("spare/revoked.json"));
        Files.writeString(REGISTRY.resolve("iris/aliases.json"), """
                {
                  "schema_version": "1.0",
                  "aliases": {"champion": "1", "gone": "1"},
                  "history": [
                    {"alias": "champion", "from": "1", "to": "1", "actor": "ada", "at": "2026-01-02T03:04:05Z",
                     "reason": "an example"},
                    {"alias": "gone", "from": "9", "to": "1", "actor": "ada", "at": "2026-01-02T03:04:05Z",
                     "reason": "an example"}
                  ]
                }
                """);
    }

    /** Removes what a former run registered. */
    private static void forget(Path model) throws IOException {
        if (Files.exists(model)) {
            try (Stream<Path> all = Files.walk(model)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    private static void deploy(String name, String version, String more) throws IOException {
        Files.writeString(DEPLOYMENTS.resolve(name + ".yaml"), """
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata:
                  name: %s
                spec:
                  model: iris
                  version: "%s"
                  %s
                """.formatted(name, version, more));
    }
}
