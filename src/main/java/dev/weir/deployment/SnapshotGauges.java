package dev.weir.deployment;

import dev.weir.inference.VersionRef;
import dev.weir.servable.Lane;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The gauges of what serves; each goes when the thing it measures goes. One thread at a time. */
final class SnapshotGauges {

    private record Place(String deployment, VersionRef version) {}

    private record Depth(Lane lane, Gauge gauge) {}

    private final MeterRegistry meters;
    private final ServingState state;
    private final Map<String, Gauge> ready = new HashMap<>();
    private final Map<Place, Depth> depths = new HashMap<>();
    private @Nullable Gauge digest;

    SnapshotGauges(MeterRegistry meters, ServingState state) {
        this.meters = meters;
        this.state = state;
    }

    /** Follows a snapshot that was just applied. */
    void follow(ServingSnapshot snapshot, ServingSnapshot before) {
        ready.entrySet().removeIf(entry -> {
            boolean gone = snapshot.deployment(entry.getKey()) == null;
            if (gone) {
                meters.remove(entry.getValue());
            }
            return gone;
        });
        snapshot.deployments().keySet().forEach(name -> ready.computeIfAbsent(name, this::readiness));
        followLanes(snapshot);
        String now = snapshot.digest();
        if (now != null && !now.equals(before.digest())) {
            if (digest != null) {
                meters.remove(digest);
            }
            digest = Meters.ROUTING_CONFIG_INFO.gauge(meters, snapshot, s -> 1, now);
        }
    }

    private Gauge readiness(String name) {
        return Meters.MODEL_READY.gauge(
                meters,
                state,
                s -> {
                    Deployment deployment = s.current().deployment(name);
                    return deployment != null && deployment.isReady() ? 1 : 0;
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
