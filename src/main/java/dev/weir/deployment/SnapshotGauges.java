package dev.weir.deployment;

import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.servable.Lane;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The gauges of what serves; each goes when the thing it measures goes. One thread at a time. */
final class SnapshotGauges {

    private record Place(String deployment, VersionRef version) {}

    private record Depth(Lane lane, Gauge gauge) {}

    private final MeterRegistry meters;
    private final ServingState state;
    private final Map<String, List<Gauge>> deployments = new HashMap<>();
    private final Map<Place, Depth> depths = new HashMap<>();
    private @Nullable Gauge digest;

    SnapshotGauges(MeterRegistry meters, ServingState state, Supplier<Listing> listing) {
        this.meters = meters;
        this.state = state;
        Meters.REGISTRY_PROBLEMS.gauge(meters, listing, l -> l.get().problems().size());
    }

    /** Follows a snapshot that was just applied. */
    void follow(ServingSnapshot snapshot, ServingSnapshot before) {
        deployments.entrySet().removeIf(entry -> {
            boolean gone = snapshot.deployment(entry.getKey()) == null;
            if (gone) {
                entry.getValue().forEach(meters::remove);
            }
            return gone;
        });
        snapshot.deployments()
                .keySet()
                .forEach(name -> deployments.computeIfAbsent(
                        name,
                        each -> List.of(
                                gauge(Meters.MODEL_READY, each, Deployment::isReady),
                                gauge(Meters.DEPLOYMENT_PROBLEM, each, deployment -> deployment.problem() != null))));
        followLanes(snapshot);
        String now = snapshot.digest();
        if (now != null && !now.equals(before.digest())) {
            if (digest != null) {
                meters.remove(digest);
            }
            digest = Meters.ROUTING_CONFIG_INFO.gauge(meters, snapshot, s -> 1, now);
        }
    }

    private Gauge gauge(Meters meter, String name, Predicate<Deployment> is) {
        return meter.gauge(
                meters,
                state,
                s -> {
                    Deployment deployment = s.current().deployment(name);
                    return deployment != null && is.test(deployment) ? 1 : 0;
                },
                name);
    }

    private void followLanes(ServingSnapshot snapshot) {
        Map<Place, Lane> lanes = new HashMap<>();
        snapshot.deployments()
                .forEach((name, deployment) ->
                        deployment.lanes().forEach((ref, lane) -> lanes.put(new Place(name, ref), lane)));
        depths.entrySet().removeIf(entry -> {
            boolean gone = lanes.get(entry.getKey()) != entry.getValue().lane();
            if (gone) {
                meters.remove(entry.getValue().gauge());
            }
            return gone;
        });
        lanes.forEach((place, lane) -> depths.computeIfAbsent(
                place,
                p -> new Depth(
                        lane,
                        Meters.QUEUE_DEPTH.gauge(
                                meters,
                                lane,
                                Lane::depth,
                                p.deployment(),
                                p.version().model(),
                                p.version().version()))));
    }
}
