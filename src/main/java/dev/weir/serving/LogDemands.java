package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.DeploymentCheck;
import dev.weir.deployment.DeploymentSpec;
import dev.weir.deployment.ServingState;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.Overflow;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.Redactor;
import dev.weir.predictionlog.SubjectReader;
import dev.weir.predictionlog.SubjectSource;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps a server from starting whose deployments ask of the log what it can't give, and refuses files that do. */
@Singleton
class LogDemands implements DeploymentCheck {

    private final ServingState state;
    private final PredictionLogConfig config;

    @Inject
    LogDemands(ServingState state, PredictionLogConfig config) {
        this.state = state;
        this.config = config;
    }

    /**
     * Compares once the deployment files are read.
     *
     * @throws ConfigurationRejected with all that does not fit
     */
    void onStart(@Observes @Priority(200) StartupEvent event) {
        List<String> problems = new ArrayList<>();
        for (Deployment deployment : state.current().deployments().values()) {
            problems.addAll(problems(deployment.name(), deployment.spec().log(), config));
            problems.addAll(problems(deployment.name(), deployment.spec().log(), deployment.promise()));
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
    }

    /** What a deployment that is new promises is not known before its version is loaded; it keeps no payloads then. */
    @Override
    public List<String> problems(List<DeploymentSpec> deployments) {
        List<String> problems = new ArrayList<>();
        for (DeploymentSpec spec : deployments) {
            problems.addAll(problems(spec.name(), spec.log(), config));
            Deployment serving = state.current().deployment(spec.name());
            if (serving != null && serving.spec().model().equals(spec.model())) {
                problems.addAll(problems(spec.name(), spec.log(), serving.promise()));
            }
        }
        return problems;
    }

    /** Returns which features a deployment's log names that its callers do not send and its model does not answer. */
    static List<String> problems(String deployment, LogPolicy policy, @Nullable ModelSignature promise) {
        if (promise == null) {
            return List.of();
        }
        List<TensorSpec> both = new ArrayList<>(promise.inputs());
        both.addAll(promise.outputs());
        List<String> problems = new ArrayList<>();
        String of = "deployment '" + deployment + "': spec.log.";
        Redactor.unknownFeatures(policy, both)
                .forEach(feature -> problems.add(of + "features: the model has no feature '" + feature + "'"));
        if (policy.subject() instanceof SubjectSource.Feature feature
                && SubjectReader.of(feature, promise.inputs()) == null) {
            problems.add(
                    of + "subject: the model has no input feature '" + feature.name() + "' that could name anybody");
        }
        return problems;
    }

    /** Returns what a deployment asks for and the log can't give. */
    static List<String> problems(String deployment, LogPolicy policy, PredictionLogConfig config) {
        List<String> problems = new ArrayList<>();
        String of = "deployment '" + deployment + "': spec.log.";
        boolean sync = policy.durability() == Durability.SYNC;
        if (!config.enabled() && (sync || policy.overflow() != Overflow.DROP)) {
            problems.add(of
                    + (sync
                            ? "durability: sync"
                            : "overflow: " + policy.overflow().word())
                    + " needs a log, but weir.predictions.enabled is false");
        }
        if (config.enabled() && config.ephemeral() && sync) {
            problems.add(of + "durability: sync needs a disk that outlives the process, but weir.predictions.ephemeral"
                    + " says that there is none");
        }
        if (!config.retention().containsKey(policy.retention())) {
            problems.add(of + "retention: weir.predictions.retention has no class '" + policy.retention() + "'");
        }
        long buffer = config.buffer().asLongValue();
        if (policy.maxPayload() > buffer / 4) {
            problems.add(of + "maxPayload must be at most a quarter of weir.predictions.buffer, which is " + buffer
                    + " bytes, or its records would hardly ever find room");
        }
        return problems;
    }
}
