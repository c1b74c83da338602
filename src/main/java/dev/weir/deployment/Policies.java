package dev.weir.deployment;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Acceptance;
import dev.weir.registry.Listing;
import dev.weir.registry.Manifests;
import dev.weir.registry.ModelSource;
import dev.weir.registry.PolicyCheck;
import dev.weir.registry.RegistryConfig;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.servable.ModelManifest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of a version before a deployment may serve it: what the server demands of all, and what the deployment
 * demands on top. Methods block while they read manifests; thread-safe.
 */
@Singleton
public class Policies {

    /**
     * A demand that a version does not meet.
     *
     * @param deployment whose demand it is; null when it is the server's
     * @param unmet the demand
     */
    public record Shortfall(@Nullable String deployment, MetadataPolicy.Unmet unmet) {}

    private final Verdicts verdicts = new Verdicts();
    private final MetadataPolicy global;
    private final Manifests manifests;
    private final ModelSource source;
    private final AcceptedVersions accepted;

    /**
     * Reads the server's own demands.
     *
     * @throws dev.weir.failure.ConfigurationRejected when one is none
     */
    @Inject
    public Policies(RegistryConfig config, Manifests manifests, ModelSource source, AcceptedVersions accepted) {
        this.global = MetadataPolicy.parse(config.policy().orElse(List.of()), "weir.registry.policy");
        this.manifests = manifests;
        this.source = source;
        this.accepted = accepted;
    }

    /**
     * Says why a version may not serve in a deployment, or null when it may.
     *
     * @param standIn whether it would stand in for the primary, and is measured as if it came back to the alias
     * @throws RegistryUnavailable when what to compare it with can't be read now
     */
    @Nullable
    String refusal(DeploymentSpec spec, VersionRef ref, Metadata metadata, Listing listing, boolean standIn) {
        Acceptance former = former(spec, listing);
        String refusal = judge(spec, ref, metadata, listing, former, standIn);
        if (dependsOnOthers(spec)) {
            verdicts.note(new Verdicts.Case(spec, ref, standIn, former, listing.of(ref.model())), refusal);
        }
        return refusal;
    }

    /**
     * Says why a version may not serve in a deployment, as {@link #refusal} does, but asks no registry: what is not known
     * is answered with {@link Verdicts#OPEN}, until {@link #lookUp} was called.
     */
    @Nullable
    String knownRefusal(DeploymentSpec spec, VersionRef ref, Metadata metadata, Listing listing, boolean standIn) {
        Acceptance former = former(spec, listing);
        return dependsOnOthers(spec)
                ? verdicts.ask(
                        new Verdicts.Case(spec, ref, standIn, former, listing.of(ref.model())),
                        () -> judge(spec, ref, metadata, listing, former, standIn))
                : judge(spec, ref, metadata, listing, former, standIn);
    }

    /**
     * Reads what {@link #knownRefusal} did not know, and says whether it would answer otherwise now.
     *
     * @param lock held while an answer changes
     */
    boolean lookUp(Object lock) {
        return verdicts.lookUp(lock);
    }

    /** Forgets what was said of versions in deployments that are not these. */
    void forgetOthers(Collection<DeploymentSpec> deployments) {
        verdicts.forgetOthers(deployments);
    }

    /** Returns the versions of which {@link #knownRefusal} knows nothing yet for a deployment. */
    Set<VersionRef> unjudged(DeploymentSpec deployment) {
        return verdicts.unjudged(deployment);
    }

    /** Returns the versions of which {@link #knownRefusal} knew too little to decide. */
    Set<VersionRef> undecided() {
        return verdicts.undecided();
    }

    /** Says whether the policy compares a version with others, of which the registry must tell. */
    private boolean dependsOnOthers(DeploymentSpec spec) {
        return !policy(spec).aliases().isEmpty();
    }

    private Acceptance former(DeploymentSpec spec, Listing listing) {
        return dependsOnOthers(spec) ? accepted.of(spec, policy(spec).comparisons(), listing) : Acceptance.NONE;
    }

    private @Nullable String judge(
            DeploymentSpec spec,
            VersionRef ref,
            Metadata metadata,
            Listing listing,
            Acceptance former,
            boolean standIn) {
        List<MetadataPolicy.Unmet> unmet =
                new PolicyCheck(listing, manifests, source).unmet(policy(spec), ref, metadata, former, standIn);
        return unmet.isEmpty()
                ? null
                : unmet.stream().map(MetadataPolicy.Unmet::why).collect(Collectors.joining("; "));
    }

    /** Remembers the primaries that serve: they were accepted, and are not compared again. */
    void noteAccepted(ServingSnapshot snapshot, Listing listing) {
        snapshot.deployments().values().forEach(deployment -> {
            VersionRef serving = deployment.serving();
            ModelSignature promise = deployment.promise();
            if (serving != null && promise != null) {
                accepted.note(
                        deployment.spec(),
                        policy(deployment.spec()).comparisons(),
                        serving,
                        listing.mark(serving),
                        promise);
            }
        });
    }

    /** Returns the primaries that a deployment accepted and whose files are still the same, the last one first. */
    List<VersionRef> acceptedBefore(DeploymentSpec spec, Listing listing) {
        return accepted.of(spec, policy(spec).comparisons(), listing).versions();
    }

    /**
     * Returns the signature that a deployment promised when it last served, if it is bound to that although nothing serves
     * now, such as after a restart; else null. Whoever names a version in its file has chosen another one, and whoever
     * revokes what it served has ended the promise; but what stands in for a revoked version has to be like it.
     *
     * @param standIn whether for versions that nobody chose
     */
    @Nullable
    ModelSignature promisedBefore(DeploymentSpec spec, Listing listing, boolean standIn) {
        AcceptedVersions.Promise last = accepted.promise(spec);
        if (last == null) {
            return null;
        }
        boolean isRevoked = listing.revocation(last.version()) != null;
        boolean isBound = standIn ? spec.followsAlias() || isRevoked : spec.followsAlias() && !isRevoked;
        return isBound ? last.signature() : null;
    }

    private MetadataPolicy policy(DeploymentSpec spec) {
        return global.and(spec.policy());
    }

    /** Returns what a deployment's policy depends on beside a version's own manifest. */
    String circumstances(DeploymentSpec spec, Listing listing) {
        List<String> aliases = policy(spec).aliases();
        if (aliases.isEmpty()) {
            return "";
        }
        return Stream.concat(
                        aliases.stream().map(alias -> "@" + alias + "=" + listing.resolve(spec.model(), alias)),
                        // Who is revoked sets no bar any more.
                        listing.revoked().keySet().stream()
                                .filter(ref -> ref.model().equals(spec.model()))
                                .map(ref -> "-" + ref.version()))
                .collect(Collectors.joining(" "));
    }

    /** Looks at what versions do not meet, as registry and deployments are at this moment. */
    public Survey survey(Listing listing, ServingSnapshot snapshot) {
        return new Survey(listing, snapshot);
    }

    /**
     * What versions do not meet, of the server's demands and of those of every deployment of their model. Reads what it
     * compares them with once; thread-safe.
     */
    public final class Survey {

        private final Listing listing;
        private final ServingSnapshot snapshot;
        private final PolicyCheck check;

        private Survey(Listing listing, ServingSnapshot snapshot) {
            this.listing = listing;
            this.snapshot = snapshot;
            this.check = new PolicyCheck(listing, manifests, source);
        }

        /**
         * Returns what a version does not meet.
         *
         * @throws RegistryUnavailable when a manifest can't be read now
         * @throws dev.weir.failure.ArtifactRejected when its manifest is refused
         */
        public List<Shortfall> shortfalls(VersionRef ref) {
            return shortfalls(ref, () -> manifests.read(ref, listing));
        }

        /**
         * Returns what a version does not meet, be it registered already or not.
         *
         * @throws RegistryUnavailable when what to compare it with can't be read now
         */
        public List<Shortfall> shortfalls(ModelManifest manifest) {
            return shortfalls(manifest.ref(), () -> Metadata.of(manifest));
        }

        private List<Shortfall> shortfalls(VersionRef ref, Supplier<Metadata> manifest) {
            List<Deployment> deployments = snapshot.deployments().values().stream()
                    .filter(each -> each.spec().model().equals(ref.model()))
                    .filter(each -> !each.spec().policy().requirements().isEmpty())
                    .toList();
            if (global.requirements().isEmpty() && deployments.isEmpty()) {
                return List.of();
            }
            Metadata metadata = manifest.get();
            List<Shortfall> shortfalls = new ArrayList<>();
            check.unmet(global, ref, metadata, Acceptance.NONE, false)
                    .forEach(unmet -> shortfalls.add(new Shortfall(null, unmet)));
            for (Deployment each : deployments) {
                MetadataPolicy own = each.spec().policy();
                MetadataPolicy whole = policy(each.spec());
                check
                        .unmet(whole, ref, metadata, accepted.of(each.spec(), whole.comparisons(), listing), false)
                        .stream()
                        .filter(unmet -> own.requirements().contains(unmet.requirement()))
                        .forEach(unmet -> shortfalls.add(new Shortfall(each.name(), unmet)));
            }
            return shortfalls;
        }
    }
}
