package dev.weir.deployment;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Citations;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Revocation;
import dev.weir.routing.Variant;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes versions out of service for good, and out of the registry. What was written has its effect here even if the
 * registry can't be read any more after that. Methods block while they read and write the registry, but wait for no load;
 * thread-safe.
 */
@Singleton
public class VersionControl {

    private static final Log LOG = Log.of(VersionControl.class);

    private final ModelSource source;
    private final SnapshotLoader loader;
    private final ServingState state;
    private final ServableBoard board;
    private final InstantSource clock;
    private final List<Citations> citations;

    @Inject
    VersionControl(
            ModelSource source,
            SnapshotLoader loader,
            ServingState state,
            ServableBoard board,
            InstantSource clock,
            @All List<Citations> citations) {
        this.source = source;
        this.loader = loader;
        this.state = state;
        this.board = board;
        this.clock = clock;
        this.citations = List.copyOf(citations);
    }

    /**
     * Revokes a version: it leaves service before this returns, and is never loaded again. Does nothing but the latter if
     * it is revoked already.
     *
     * @param actor who revokes it
     * @param reason why, in up to 500 characters
     * @return the revocation that counts, which is the first
     * @throws RequestRejected when there is no such version, or no reason
     * @throws RegistryUnavailable when neither the registry can be written nor a note be kept here; nothing changed then
     */
    public Revocation revoke(VersionRef ref, String actor, String reason) {
        Reasons.require(reason);
        Revocation revocation = new Revocation(actor, clock.instant().truncatedTo(ChronoUnit.MILLIS), reason);
        Revocation before = revocation(ref);
        if (before == null) {
            source.revoke(ref, revocation);
            log("version revoked", ref, actor, reason);
        }
        Revocation known = before == null ? revocation : before;
        loader.learn(listing -> listing.withRevoked(ref, known));
        loader.look();
        Revocation now = loader.listing().revocation(ref);
        return now == null ? known : now;
    }

    /** Returns why a version may not serve, as far as that can be known now. */
    private @Nullable Revocation revocation(VersionRef ref) {
        if (loader.registryProblem() == null) {
            try {
                return source.list().revocation(ref);
            } catch (RegistryUnavailable e) {
                // then as far as is known here
            }
        }
        return loader.listing().revocation(ref);
    }

    /** Says whether the registry, and so every other server, is still to be told of a version's revocation. */
    public boolean isUntold(VersionRef ref) {
        return source.isUntold(ref);
    }

    /**
     * Deletes a version and its files from the registry.
     *
     * @param actor who deletes it
     * @param reason why, in up to 500 characters
     * @throws RequestRejected when there is no such version, no reason, or somebody needs the version, which the message
     *     then names
     * @throws RegistryUnavailable when the registry can't be read or written
     */
    public void delete(VersionRef ref, String actor, String reason) {
        Reasons.require(reason);
        loader.writeAlone(ref.model(), () -> deleteAlone(ref, actor, reason));
        loader.learn(listing -> listing.without(ref));
        loader.look();
    }

    private void deleteAlone(VersionRef ref, String actor, String reason) {
        boolean begun = loader.unlessLoading(ref, () -> {
            Listing listing = source.list();
            if (!listing.holds(ref)) {
                throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
            }
            List<String> needs = needs(ref, listing);
            if (!needs.isEmpty()) {
                throw new RequestRejected(
                        FailureCode.CONFLICT, "version " + ref + " is needed: " + String.join("; ", needs), "version");
            }
            source.delete(ref);
            log("version deleted", ref, actor, reason);
        });
        if (!begun) {
            throw new RequestRejected(FailureCode.CONFLICT, "version " + ref + " is being loaded", "version");
        }
    }

    private List<String> needs(VersionRef ref, Listing listing) {
        List<String> needs = new ArrayList<>();
        state.current().deployments().forEach((name, deployment) -> {
            for (Variant variant : deployment.variants()) {
                if (variant.version().equals(ref)) {
                    needs.add("it is the " + variant.role().word() + " of deployment '" + name + "'");
                }
            }
            if (ref.equals(deployment.previous())) {
                needs.add("deployment '" + name + "' keeps it for a return");
            }
            for (VariantSpec variant : deployment.spec().variants()) {
                if (ref.model().equals(deployment.spec().model())
                        && variant.choice() instanceof VersionChoice.Exactly(String version)
                        && version.equals(ref.version())
                        && deployment.variants().stream()
                                .noneMatch(each -> each.version().equals(ref))) {
                    needs.add("the file of deployment '" + name + "' names it");
                }
            }
        });
        String unread = listing.problems().get(ref.model());
        if (unread != null) {
            needs.add("whether an alias stands for it is not known, because " + unread);
        }
        listing.aliases()
                .getOrDefault(ref.model(), Collections.emptySortedMap())
                .forEach((alias, version) -> {
                    if (version.equals(ref.version())) {
                        needs.add("alias @" + alias + " stands for it");
                    }
                });
        if (needs.isEmpty() && isInMemory(ref)) {
            needs.add("it still answers old requests");
        }
        for (Citations each : citations) {
            String citing = each.citing(ref);
            if (citing != null) {
                needs.add("it is cited by " + citing);
            }
        }
        return needs;
    }

    private boolean isInMemory(VersionRef ref) {
        ServableState version = board.get(ref);
        return version != null
                && switch (version) {
                    case ServableState.Loading l -> true;
                    case ServableState.Available a -> true;
                    case ServableState.Draining d -> true;
                    case ServableState.Unloaded u -> false;
                    case ServableState.Failed f -> false;
                };
    }

    private static void log(String what, VersionRef ref, String actor, String reason) {
        LOG.info(what)
                .with(LogKey.MODEL, ref.model())
                .with(LogKey.VERSION, ref.version())
                .with(LogKey.ACTOR, actor)
                .with(LogKey.REASON, reason)
                .write();
    }
}
