package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentCheck;
import dev.weir.deployment.DeploymentSpec;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Stickiness;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.predictionlog.SubjectReader;
import dev.weir.predictionlog.SubjectSource;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a server from starting, and refuses files, when a deployment sticks to a feature that its model does not have: each request would fall for itself, and
 * callers would meet one version after the other.
 */
@Singleton
class StickyCheck implements DeploymentCheck {

    private final ServingState state;

    @Inject
    StickyCheck(ServingState state) {
        this.state = state;
    }

    /**
     * Looks once the deployment files are read.
     *
     * @throws ConfigurationRejected with every deployment that does so
     */
    void onStart(@Observes @Priority(200) StartupEvent event) {
        List<String> problems = state.current().deployments().values().stream()
                .flatMap(each -> problems(each).stream())
                .toList();
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
    }

    /** What a deployment that is new promises is not known before its version is loaded. */
    @Override
    public List<String> problems(List<DeploymentSpec> deployments) {
        ServingSnapshot snapshot = state.current();
        return deployments.stream()
                .flatMap(spec -> {
                    Deployment now = snapshot.deployment(spec.name());
                    return problems(spec.name(), spec.traffic().sticky(), now == null ? null : now.promise()).stream();
                })
                .toList();
    }

    private static List<String> problems(Deployment deployment) {
        return problems(deployment.name(), deployment.spec().traffic().sticky(), deployment.promise());
    }

    static List<String> problems(String deployment, Stickiness sticky, @Nullable ModelSignature promise) {
        return promise != null
                        && sticky instanceof Stickiness.ByFeature feature
                        && SubjectReader.of(new SubjectSource.Feature(feature.name()), promise.inputs()) == null
                ? List.of("deployment '" + deployment + "': spec.sticky: the model has no input feature '"
                        + feature.name() + "' that a request could stick to")
                : List.of();
    }
}
