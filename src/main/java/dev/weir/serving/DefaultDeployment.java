package dev.weir.serving;

import dev.weir.deployment.DeploymentCheck;
import dev.weir.deployment.DeploymentSpec;
import dev.weir.deployment.ServingState;
import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Keeps a server from starting whose default deployment does not exist, since a typing error would show in no other way,
 * and refuses files without it.
 */
@Singleton
class DefaultDeployment implements DeploymentCheck {

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
        List<String> problems = problems(state.current().deployments().keySet());
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
    }

    @Override
    public List<String> problems(List<DeploymentSpec> deployments) {
        return problems(deployments.stream().map(DeploymentSpec::name).collect(Collectors.toCollection(TreeSet::new)));
    }

    private List<String> problems(Set<String> names) {
        return config
                .defaultDeployment()
                .filter(name -> !names.contains(name))
                .map(name -> "weir.serving.default-deployment: no deployment has the name '" + name + "'; there are "
                        + (names.isEmpty() ? "none" : String.join(", ", names)))
                .stream()
                .toList();
    }
}
