package dev.weir.cli;

import io.quarkus.runtime.Quarkus;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the server. Options are short forms of configuration keys; every key works as {@code -D} and environment. */
@Command(
        name = "serve",
        description = "Start the server.",
        mixinStandardHelpOptions = true,
        footer = "Every configuration key can also be set by environment variable or by WEIR_JAVA_OPTS=-Dkey=value.")
final class ServeCommand implements Runnable {

    @Option(names = "--host", description = "Address of the data plane (default 127.0.0.1).")
    @Nullable
    String host;

    @Option(names = "--port", description = "Port of the data plane (default 8080).")
    @Nullable
    Integer port;

    @Option(names = "--management-port", description = "Port of health and metrics (default 9000).")
    @Nullable
    Integer managementPort;

    @Option(names = "--registry", description = "Directory of model versions.")
    @Nullable
    Path registry;

    @Option(names = "--deployments", description = "Directory of deployment files.")
    @Nullable
    Path deployments;

    @Option(names = "--state", description = "Directory of the state database.")
    @Nullable
    Path state;

    @Override
    public void run() {
        set("quarkus.http.host", host);
        set("quarkus.http.port", port);
        set("quarkus.management.port", managementPort);
        set("weir.registry.directory", registry);
        set("weir.deployments.directory", deployments);
        set("weir.state.directory", state);
        Quarkus.run(null, StartFailure::exit);
    }

    private static void set(String key, @Nullable Object value) {
        if (value != null) {
            System.setProperty(key, value.toString());
        }
    }
}
