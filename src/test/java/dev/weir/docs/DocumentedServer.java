package dev.weir.docs;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A server on which every documented answer can be provoked: the examples, {@code hidden}, which discloses nothing, and
 * {@code broken}, whose version does not exist.
 */
public final class DocumentedServer implements QuarkusTestProfile {

    private static final Path EXAMPLES = Path.of("examples/deployments");
    private static final Path DEPLOYMENTS = Path.of("target/documented-deployments");

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Files.createDirectories(DEPLOYMENTS);
            try (var files = Files.newDirectoryStream(EXAMPLES, "*.yaml")) {
                for (Path file : files) {
                    Files.writeString(DEPLOYMENTS.resolve(file.getFileName()), Files.readString(file));
                }
            }
            deploy("hidden", "1", "disclose: opaque");
            deploy("broken", "none", "required: false");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of("weir.deployments.directory", DEPLOYMENTS.toString(), "weir.serving.default-deployment", "iris");
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
