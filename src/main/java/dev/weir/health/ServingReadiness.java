package dev.weir.health;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.FilesStatus;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.predictionlog.local.LocalPredictionLog;
import dev.weir.predictionlog.local.LogHealth;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.function.Supplier;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when a configuration is applied that deploys something, every required deployment can serve, and the server is not on its way out. */
@Readiness
@ApplicationScoped
public class ServingReadiness implements HealthCheck {

    private final ServingState state;
    private final Supplier<LogHealth> log;

    /** Answers from the serving state; what keeps records from the disk is told, and no reason to be unready. */
    @Inject
    public ServingReadiness(ServingState state, LocalPredictionLog log) {
        this(state, log::health);
    }

    ServingReadiness(ServingState state, Supplier<LogHealth> log) {
        this.state = state;
        this.log = log;
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
        FilesStatus.Refusal refused = state.files().current();
        if (refused != null) { // what serves is as good as it was
            response.withData(
                    "refusedFiles",
                    "since " + refused.at() + ", " + refused.problems().size() + " problems, such as: "
                            + refused.problems().getFirst());
        }
        LogHealth.Trouble trouble = log.get().trouble();
        if (trouble != null) {
            response.withData("predictionLog", "records do not reach the disk: " + trouble.word());
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
