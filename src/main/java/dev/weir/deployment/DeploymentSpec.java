package dev.weir.deployment;

import dev.weir.inference.VariantRole;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.routing.Assignment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A deployment as its file says.
 *
 * @param name what callers call
 * @param description what it is, for people
 * @param model the model whose versions answer
 * @param variants the ways it may answer, the primary first, names and choices distinct
 * @param traffic how requests find their variants
 * @param required whether the server is unready without it
 * @param timeout how long a request may take
 * @param concurrency native calls at a time per variant; empty means as many as there are compute threads
 * @param queue attempts that may wait per variant
 * @param disclosure how much callers learn
 * @param policy what it demands of its versions' manifests, on top of what the server demands of all
 * @param onRevoked what happens when its primary's version is revoked
 * @param log how its attempts are recorded
 */
public record DeploymentSpec(
        String name,
        String description,
        String model,
        List<VariantSpec> variants,
        Traffic traffic,
        boolean required,
        Duration timeout,
        OptionalInt concurrency,
        int queue,
        Disclosure disclosure,
        MetadataPolicy policy,
        OnRevoked onRevoked,
        LogPolicy log) {

    /**
     * Checks and copies the variants.
     *
     * @throws IllegalArgumentException when the first is not the only primary, a name or choice occurs twice, there are two
     *     canaries, or the shares of primary and arms are not everything together
     */
    public DeploymentSpec {
        variants = List.copyOf(variants);
        if (variants.isEmpty()
                || variants.getFirst().role() != VariantRole.PRIMARY
                || variants.stream()
                                .filter(v -> v.role() == VariantRole.PRIMARY)
                                .count()
                        != 1) {
            throw new IllegalArgumentException("a deployment needs exactly one primary");
        }
        if (variants.stream().map(VariantSpec::name).distinct().count() != variants.size()
                || variants.stream().map(VariantSpec::choice).distinct().count() != variants.size()) {
            throw new IllegalArgumentException("a deployment's variants need distinct names and versions");
        }
        if (variants.stream().filter(v -> v.role() == VariantRole.CANARY).count() > 1) {
            throw new IllegalArgumentException("a deployment has at most one canary");
        }
        assignment(traffic.salt(), variants);
    }

    /** Returns which variant which key falls on. */
    Assignment assignment() {
        return assignment(traffic.salt(), variants);
    }

    private static Assignment assignment(String salt, List<VariantSpec> variants) {
        Assignment.Arm canary = null;
        List<Assignment.Arm> arms = new ArrayList<>();
        for (VariantSpec variant : variants) {
            Assignment.Arm arm = new Assignment.Arm(variant.name(), variant.share());
            switch (variant.role()) {
                case PRIMARY, ARM -> arms.add(arm);
                case CANARY -> canary = arm;
                case SHADOW, STANDBY -> {}
            }
        }
        return new Assignment(salt, canary, arms);
    }

    /** Says whether the primary's version is whatever an alias stands for. */
    boolean followsAlias() {
        return variants.getFirst().choice() instanceof VersionChoice.Aliased;
    }

    /** Says whether a variant's version is what an alias of a model stands for. */
    public boolean follows(String ofModel, String alias) {
        return model.equals(ofModel)
                && variants.stream().anyMatch(variant -> variant.choice().equals(new VersionChoice.Aliased(alias)));
    }
}
