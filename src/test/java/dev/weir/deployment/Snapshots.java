package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.registry.Listing;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.servable.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Deployments and snapshots for the tests of other rooms. */
public final class Snapshots {

    /** The timeout of every deployment made here. */
    public static final Duration TIMEOUT = Duration.ofSeconds(2);

    private Snapshots() {}

    /** Returns what a file would say of a deployment with these versions, the primary first; it is required. */
    public static DeploymentSpec spec(String name, Disclosure disclosure, VersionRef... versions) {
        return spec(name, disclosure, LogPolicy.DEFAULT, versions);
    }

    /** Returns what a file would say of a deployment that is recorded so. */
    public static DeploymentSpec recorded(String name, LogPolicy log, VersionRef... versions) {
        return spec(name, Disclosure.FULL, log, versions);
    }

    private static DeploymentSpec spec(String name, Disclosure disclosure, LogPolicy log, VersionRef... versions) {
        List<VariantSpec> variants = new ArrayList<>();
        for (VersionRef version : versions) {
            VersionChoice choice = new VersionChoice.Exactly(version.version());
            variants.add(
                    variants.isEmpty()
                            ? new VariantSpec("primary", choice, VariantRole.PRIMARY)
                            : new VariantSpec("standby-" + version.version(), choice, VariantRole.STANDBY));
        }
        return divided(name, versions[0].model(), Traffic.of(name), disclosure, log, variants);
    }

    /** Returns what a file would say of a deployment with these variants. */
    public static DeploymentSpec divided(
            String name,
            String model,
            Traffic traffic,
            Disclosure disclosure,
            LogPolicy log,
            List<VariantSpec> variants) {
        return new DeploymentSpec(
                name,
                "",
                model,
                variants,
                traffic,
                true,
                TIMEOUT,
                OptionalInt.empty(),
                1,
                disclosure,
                MetadataPolicy.NONE,
                OnRevoked.PREVIOUS,
                log);
    }

    /** Returns a deployment with nothing left out. */
    public static Deployment deployment(DeploymentSpec spec, ModelSignature promise, Map<VersionRef, Lane> lanes) {
        return deployment(spec, promise, lanes, Map.of());
    }

    /** Returns a deployment. */
    public static Deployment deployment(
            DeploymentSpec spec,
            @Nullable ModelSignature promise,
            Map<VersionRef, Lane> lanes,
            Map<VersionRef, String> leftOut) {
        return new Deployment(
                spec, Resolution.of(spec, Listing.EMPTY).split(), promise, lanes, leftOut, null, null, null);
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
