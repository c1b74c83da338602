package dev.weir.api;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A server with little room and without its own API, and deployments that tell less, take less, or are not there; the one
 * that answers by default is not there either. Shared, because every server that tests start costs them many seconds.
 */
public final class TightServer implements QuarkusTestProfile {

    /** How many bytes a body may have. */
    public static final int MAX_BODY = 65_536;

    /** Two bodies as large as one may be. */
    public static final int BYTE_BUDGET = 2 * MAX_BODY;

    private static final Path DEPLOYMENTS = Path.of("target/tight-deployments");

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Files.createDirectories(DEPLOYMENTS);
            deploy("iris", "model: iris, version: '1'");
            deploy("versioned", "model: iris, version: '1', disclose: version");
            deploy("opaque", "model: iris, version: '1', disclose: opaque");
            deploy("narrow", "model: iris, version: '1', concurrency: 1, queue: 0");
            deploy("absent", "model: iris, version: '99', required: false");
            deploy("broken", "model: nothing, version: '1', required: false");
            deploy("secretive", "model: breast-cancer, version: '2', standby: ['1'], disclose: opaque");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(
                "weir.deployments.directory",
                DEPLOYMENTS.toAbsolutePath().toString(),
                "weir.serving.default-deployment",
                "broken",
                "weir.serving.byte-budget",
                String.valueOf(BYTE_BUDGET),
                "weir.api.max-body",
                String.valueOf(MAX_BODY),
                "weir.api.body-timeout",
                "PT1.5S",
                "weir.api.admin-enabled",
                "false");
    }

    private static void deploy(String name, String spec) throws IOException {
        Files.writeString(
                DEPLOYMENTS.resolve(name + ".yaml"),
                "apiVersion: weir.dev/v1\nkind: ModelDeployment\nmetadata: {name: %s}\nspec: {%s}\n"
                        .formatted(name, spec));
    }
}
