package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.registry.metadata.Requirement.Bar;
import dev.weir.servable.ModelManifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds versions against policies, as the registry is at one moment: the history of a model's aliases is read once, however
 * many versions are held against it. Thread-safe; blocks while it reads.
 *
 * <p>The bar that an alias sets is its last <em>accepted</em> champion: its history is followed from the beginning, and a
 * version becomes the champion if it meets the policy beside the one before it, so versions that do not, or that are
 * revoked or gone, set no bar, and whoever moves the alias more than once does not lower it. A version that is itself
 * behind the alias is compared with the champion from which it took over; one that was accepted before, by the history or
 * by its deployment, is not compared again, so that moving back is never barred. If the history has no champion, the
 * version that the deployment accepted last sets the bar; if there is none either, or the alias stands for nothing, there
 * is no bar, and the first champion is accepted for what it is.
 */
public final class PolicyCheck {

    private final Listing listing;
    private final Manifests manifests;
    private final ModelSource source;
    private final Map<String, List<AliasMove>> histories = new ConcurrentHashMap<>();

    /** Checks against what a listing says. */
    public PolicyCheck(Listing listing, Manifests manifests, ModelSource source) {
        this.listing = listing;
        this.manifests = manifests;
        this.source = source;
    }

    /**
     * Returns what a version does not meet that no deployment has asked for yet, such as one that is being registered.
     *
     * @throws RegistryUnavailable when what to compare with can't be read now
     */
    public List<MetadataPolicy.Unmet> unmet(MetadataPolicy policy, ModelManifest manifest) {
        return unmet(policy, manifest.ref(), Metadata.of(manifest), Acceptance.NONE, false);
    }

    /**
     * Returns what a version does not meet.
     *
     * @param metadata what its manifest says
     * @param accepted what its deployment accepted before
     * @param asChampion whether to treat it as if every alias stood for it, as one that stands in for a champion
     * @throws RegistryUnavailable when what to compare with can't be read now
     */
    public List<MetadataPolicy.Unmet> unmet(
            MetadataPolicy policy, VersionRef ref, Metadata metadata, Acceptance accepted, boolean asChampion) {
        Map<String, Optional<Bar>> bars = new HashMap<>();
        return policy.unmet(metadata, alias -> {
            Optional<Bar> bar = bars.get(alias);
            if (bar == null) {
                bar = Optional.ofNullable(new Comparison(policy, alias, ref, metadata, accepted).bar(asChampion));
                bars.put(alias, bar);
            }
            return bar.orElse(null);
        });
    }

    /** The comparison of a version with the champions of one alias. */
    private final class Comparison {
        private final MetadataPolicy policy;
        private final String alias;
        private final VersionRef ref;
        private final Metadata metadata;
        private final Acceptance accepted;

        Comparison(MetadataPolicy policy, String alias, VersionRef ref, Metadata metadata, Acceptance accepted) {
            this.policy = policy;
            this.alias = alias;
            this.ref = ref;
            this.metadata = metadata;
            this.accepted = accepted;
        }

        @Nullable
        Bar bar(boolean asChampion) {
            VersionRef now = listing.resolve(ref.model(), alias);
            if (now == null || accepted.covers(ref)) {
                return null;
            }
            boolean isChampion = asChampion || ref.equals(now);
            List<VersionRef> holders = holders(now);
            if (isChampion && holders.getLast().equals(ref)) {
                holders.removeLast();
            }
            Map<VersionRef, Optional<Bar>> passed = new HashMap<>();
            Bar champion = null;
            for (VersionRef holder : relevant(holders)) {
                if (!counts(holder)) {
                    continue;
                }
                Bar next = new Bar(holder.version(), read(holder));
                if (!passed.containsKey(holder)) {
                    if (!accepted.covers(holder) && !isMet(next, champion)) {
                        continue;
                    }
                    if (isChampion && holder.equals(ref)) {
                        return champion; // which it has met then, and may come back
                    }
                    passed.put(holder, Optional.ofNullable(champion));
                }
                champion = next;
            }
            Optional<Bar> itself = passed.get(ref);
            if (itself != null && champion != null && champion.version().equals(ref.version())) {
                return itself.orElse(null); // the champion still, though the alias has moved on
            }
            return champion == null ? lastAccepted() : champion;
        }

        /** Returns every version for which the alias stood, as far as is known, the oldest first. */
        private List<VersionRef> holders(VersionRef now) {
            List<VersionRef> holders = new ArrayList<>();
            for (AliasMove move : history(ref.model()).reversed()) {
                if (alias.equals(move.alias())) {
                    add(holders, move.from());
                    add(holders, move.to());
                }
            }
            add(holders, now.version());
            return holders;
        }

        private void add(List<VersionRef> holders, @Nullable String version) {
            if (version != null && Names.isName(version)) {
                VersionRef next = new VersionRef(ref.model(), version);
                if (holders.isEmpty() || !holders.getLast().equals(next)) {
                    holders.add(next);
                }
            }
        }

        /** Leaves out what came before a version that is known to be accepted; less has to be read then. */
        private List<VersionRef> relevant(List<VersionRef> holders) {
            for (int i = holders.size() - 1; i > 0 && !holders.contains(ref); i--) {
                if (accepted.covers(holders.get(i)) && counts(holders.get(i))) {
                    return holders.subList(i, holders.size());
                }
            }
            return holders;
        }

        private boolean isMet(Bar holder, @Nullable Bar champion) {
            Metadata says = holder.metadata();
            return says != null
                    && policy.unmet(says, each -> each.equals(alias) ? champion : null)
                            .isEmpty();
        }

        private @Nullable Bar lastAccepted() {
            for (VersionRef each : accepted.versions()) {
                if (!each.equals(ref) && counts(each)) {
                    return new Bar(each.version(), read(each));
                }
            }
            return null;
        }

        private @Nullable Metadata read(VersionRef each) {
            return each.equals(ref) ? metadata : PolicyCheck.this.read(each);
        }
    }

    private List<AliasMove> history(String model) {
        return histories.computeIfAbsent(model, source::knownHistory);
    }

    private boolean counts(VersionRef ref) {
        return listing.holds(ref) && listing.revocation(ref) == null;
    }

    private @Nullable Metadata read(VersionRef ref) {
        try {
            return manifests.read(ref, listing);
        } catch (ArtifactRejected e) {
            if (!e.isLasting()) {
                throw new RegistryUnavailable("the manifest of version " + ref + " can't be read now", e);
            }
            return null;
        }
    }
}
