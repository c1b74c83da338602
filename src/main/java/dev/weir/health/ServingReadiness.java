package dev.weir.health;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when a configuration is applied that deploys something, every required deployment can serve, and the server is not on its way out. */
@Readiness
@ApplicationScoped
public class ServingReadiness implements HealthCheck {

    private final ServingState state;

    /** Answers from the serving state. */
    @Inject
    public ServingReadiness(ServingState state) {
        this.state = state;
    }

    @Override
    public HealthCheckResponse call() {
        ServingSnapshot snapshot = state.current();
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("serving").status(state.isReady()).withData("draining", state.isDraining());
        long unready = snapshot.deployments().values().stream()
                .filter(deployment -> !deployment.isReady())
                .count();
        response.withData("deployments", snapshot.deployments().size());
        response.withData("unready", unready);
        if (snapshot.deployments().isEmpty() && !snapshot.allowsNone()) {
            response.withData("reason", "nothing is deployed, and weir.deployments.allow-none is not set");
        }
        Instant cachedAt = state.registryCachedAt();
        if (cachedAt != null) {
            response.withData("registry", "can't be read; serving what was kept of it at " + cachedAt);
        }
        for (Deployment deployment : snapshot.deployments().values()) {
            if (!deployment.isReady()) {
                response.withData(
                        "deployment " + deployment.name(), deployment.spec().required() ? "required" : "optional");
            }
        }
        return response.build();
    }
}
