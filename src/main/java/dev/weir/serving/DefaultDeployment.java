package dev.weir.serving;

import dev.weir.deployment.ServingState;
import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;

/** Keeps a server from starting whose default deployment does not exist; a typing error would show in no other way. */
@Singleton
class DefaultDeployment {

    private final ServingState state;
    private final ServingConfig config;

    @Inject
    DefaultDeployment(ServingState state, ServingConfig config) {
        this.state = state;
        this.config = config;
    }

    /**
     * Looks for it once the deployment files are read.
     *
     * @throws ConfigurationRejected when it is named and is not there
     */
    void onStart(@Observes @Priority(200) StartupEvent event) {
        Set<String> names = state.current().deployments().keySet();
        config.defaultDeployment().filter(name -> !names.contains(name)).ifPresent(name -> {
            throw new ConfigurationRejected(List.of("weir.serving.default-deployment: no deployment has the name '"
                    + name + "'; there are " + (names.isEmpty() ? "none" : String.join(", ", names))));
        });
    }
}
