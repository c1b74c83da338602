package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.inference.ModelSignature;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.Subjects;
import dev.weir.routing.Variant;
import dev.weir.servable.Servable;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The plans of the snapshot that serves, made when they are needed first. Thread-safe. */
@Singleton
class RecordPlans {

    private record Key(String deployment, Variant variant) {}

    private record Of(ServingSnapshot snapshot, Map<Key, RecordPlan> plans) {}

    private static final Log LOG = Log.of(RecordPlans.class);

    private final PredictionLog log;
    private final Keyring keyring;
    private final Subjects subjects;
    private volatile Of of = new Of(ServingSnapshot.NONE, Map.of());

    @Inject
    RecordPlans(PredictionLog log, Keyring keyring, Subjects subjects) {
        this.log = log;
        this.keyring = keyring;
        this.subjects = subjects;
    }

    /** Returns how the attempts of a variant are recorded, or null when they are not. */
    @SuppressWarnings(
            "ReferenceEquality") // snapshots are swapped as a whole, and comparing all of one costs too much here
    @Nullable
    RecordPlan plan(ServingSnapshot snapshot, Deployment deployment, Variant variant, Servable servable) {
        if (!log.isEnabled()) {
            return null;
        }
        Of current = of;
        if (current.snapshot() != snapshot) { // a race makes a plan twice, which harms nobody
            current = new Of(snapshot, new ConcurrentHashMap<>());
            of = current;
        }
        Key key = new Key(deployment.name(), variant);
        RecordPlan plan = current.plans().get(key);
        return plan != null
                ? plan
                : current.plans().computeIfAbsent(key, k -> make(snapshot, deployment, variant, servable));
    }

    private RecordPlan make(ServingSnapshot snapshot, Deployment deployment, Variant variant, Servable servable) {
        ModelSignature signature = servable.signature();
        return new RecordPlan(
                keeping(deployment, signature),
                new RecordContext(
                        deployment.name(),
                        Objects.requireNonNullElse(snapshot.digest(), ""),
                        deployment.isDivided() ? deployment.spec().traffic().salt() : null,
                        deployment.epoch(),
                        variant.name(),
                        variant.role(),
                        variant.version(),
                        servable.artifact().digest(),
                        servable.runtime(),
                        deployment.spec().log().retention()),
                signature,
                keyring,
                subjects);
    }

    /** Returns a deployment's policy; one that speaks of features that are not there may mean others, and keeps nothing. */
    private static LogPolicy keeping(Deployment deployment, ModelSignature signature) {
        LogPolicy policy = deployment.spec().log();
        if (LogDemands.problems(deployment.name(), policy, signature).isEmpty()) {
            return policy;
        }
        LOG.warn("payloads not recorded: the deployment's log names features that the model does not have")
                .with(LogKey.DEPLOYMENT, deployment.name())
                .write();
        return policy.without();
    }
}
