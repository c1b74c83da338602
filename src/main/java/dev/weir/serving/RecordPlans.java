package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.predictionlog.PredictionLog;
import dev.weir.predictionlog.RecordContext;
import dev.weir.routing.Variant;
import dev.weir.servable.Servable;
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

    private final PredictionLog log;
    private volatile Of of = new Of(ServingSnapshot.NONE, Map.of());

    @Inject
    RecordPlans(PredictionLog log) {
        this.log = log;
    }

    /** Returns how the attempts of a variant are recorded, or null when they are not. */
    @SuppressWarnings("ReferenceEquality") // snapshots are swapped as a whole, and comparing all of one costs too much here
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

    private static RecordPlan make(
            ServingSnapshot snapshot, Deployment deployment, Variant variant, Servable servable) {
        return new RecordPlan(
                deployment.spec().log(),
                new RecordContext(
                        deployment.name(),
                        Objects.requireNonNullElse(snapshot.digest(), ""),
                        null,
                        null,
                        variant.name(),
                        variant.role(),
                        variant.version(),
                        servable.artifact().digest(),
                        servable.runtime(),
                        deployment.spec().log().retention()));
    }
}
