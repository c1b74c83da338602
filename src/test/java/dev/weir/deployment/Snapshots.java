package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.routing.TrafficSplit;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Deployments and snapshots for the tests of other rooms. */
public final class Snapshots {

    /** The timeout of every deployment made here. */
    public static final Duration TIMEOUT = Duration.ofSeconds(2);

    private Snapshots() {}

    /** Returns what a file would say of a deployment with these versions, the primary first; it is required. */
    public static DeploymentSpec spec(String name, Disclosure disclosure, VersionRef... versions) {
        List<Variant> variants = new ArrayList<>();
        for (VersionRef version : versions) {
            variants.add(
                    variants.isEmpty()
                            ? new Variant("primary", version, VariantRole.PRIMARY)
                            : new Variant("standby-" + version.version(), version, VariantRole.STANDBY));
        }
        return new DeploymentSpec(
                name, "", new TrafficSplit(variants), true, TIMEOUT, OptionalInt.empty(), 1, disclosure);
    }

    /** Returns a deployment with nothing left out. */
    public static Deployment deployment(DeploymentSpec spec, ModelSignature promise, Map<VersionRef, Lane> lanes) {
        return new Deployment(spec, promise, lanes, Map.of());
    }

    /** Makes these deployments serve. */
    public static void apply(ServingState state, Deployment... deployments) {
        Map<String, Deployment> byName = new TreeMap<>();
        for (Deployment deployment : deployments) {
            byName.put(deployment.name(), deployment);
        }
        state.apply(new ServingSnapshot(byName, "sha256:0", false));
    }
}
