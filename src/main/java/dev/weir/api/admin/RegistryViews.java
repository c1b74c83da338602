package dev.weir.api.admin;

import dev.weir.api.admin.VersionViews.RevocationView;
import dev.weir.deployment.Deployment;
import dev.weir.deployment.Policies;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Listing;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Shows the registry as operators see it: as it was when it was last read. */
@ApplicationScoped
class RegistryViews {

    /**
     * The registry.
     *
     * @param readable whether it could be read the last time
     * @param problem why not
     * @param cachedAt when what follows was read, if it could not be read the last time and a registry before was kept
     * @param models its models, by name
     */
    @Schema(requiredProperties = {"readable", "models"})
    record RegistryView(
            @Schema(description = "Whether it could be read the last time")
            boolean readable,

            @Schema(description = "Why it could not") @Nullable
            String problem,

            @Schema(
                    description = "When what follows was read from the registry, if it can't be read now and comes from"
                            + " the cache")
            @Nullable
            Instant cachedAt,

            List<ModelView> models) {}

    /**
     * A model.
     *
     * @param model its name
     * @param versions its versions, by name
     * @param aliases the version behind each alias
     * @param problem why its aliases or revocations can't be read
     */
    @Schema(requiredProperties = {"model", "versions", "aliases"})
    record ModelView(
            String model,
            List<RegisteredView> versions,

            @Schema(description = "The version behind each alias")
            Map<String, String> aliases,

            @Schema(description = "Why its aliases or revocations can't be read") @Nullable
            String problem) {}

    /**
     * A version in the registry.
     *
     * @param version its name
     * @param state where it stands in this server
     * @param reason why it was refused, when it was
     * @param digest the digest of its files, once it was tried to load them
     * @param loadMillis how long that took
     * @param revoked why it may not serve any more, if so
     * @param unmet which demands of policies it does not meet, or why that is not known
     */
    @Schema(requiredProperties = {"version", "state", "unmet"})
    record RegisteredView(
            String version,

            @Schema(
                    description = "Where it stands in this server; IDLE when nothing asked for it",
                    enumeration = {"IDLE", "LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED"})
            String state,

            @Schema(description = "Why it was refused, when it was") @Nullable
            String reason,

            @Schema(description = "The digest of its files, once it was tried to load them") @Nullable
            String digest,

            @Schema(description = "How long the load took, fetching, checks and warm-up included") @Nullable
            Long loadMillis,

            @Schema(description = "Why it may not serve any more, if so") @Nullable
            RevocationView revoked,

            @Schema(description = "Which demands of policies it does not meet, or why that is not known")
            List<UnmetView> unmet) {}

    /**
     * A demand that a version does not meet.
     *
     * @param deployment the deployment that demands it; null when the server does
     * @param demand the demand; null when it is not known what is met
     * @param reason what is wrong
     */
    @Schema(requiredProperties = {"reason"})
    record UnmetView(
            @Schema(description = "The deployment that demands it; null when the server does") @Nullable
            String deployment,

            @Schema(description = "The demand; null when it is not known what is met") @Nullable
            String demand,

            @Schema(description = "What is wrong") String reason) {}

    /**
     * An alias, and what follows from it here.
     *
     * @param model the model
     * @param alias the alias
     * @param version the version it stands for; null for none
     * @param deployments the deployments that use it
     */
    @Schema(requiredProperties = {"model", "alias", "deployments"})
    record AliasView(
            String model,
            String alias,

            @Schema(description = "The version it stands for") @Nullable
            String version,

            @Schema(description = "The deployments that use it")
            List<FollowerView> deployments) {}

    /**
     * A deployment that uses an alias.
     *
     * @param name its name
     * @param serves the version of its primary; null for none
     * @param previous the version that stays loaded for a return; null for none
     * @param problem why it does not serve what is asked of it
     */
    @Schema(requiredProperties = {"name"})
    record FollowerView(
            String name,

            @Schema(description = "The version of its primary") @Nullable
            String serves,

            @Schema(description = "The version that stays loaded for a return") @Nullable
            String previous,

            @Schema(description = "Why it does not serve what is asked of it") @Nullable
            String problem) {}

    /**
     * A move of an alias.
     *
     * @param from the version before; null when the alias was new
     * @param to the version since
     * @param actor who moved it
     * @param at when
     * @param reason why
     */
    @Schema(requiredProperties = {"to", "actor", "at", "reason"})
    record MoveView(
            @Schema(description = "The version before") @Nullable
            String from,

            @Schema(description = "The version since") String to,

            String actor,
            Instant at,
            String reason) {

        MoveView(AliasMove move) {
            this(move.from(), move.to(), move.actor(), move.at(), move.reason());
        }
    }

    private final SnapshotLoader loader;
    private final ServingState state;
    private final ServableBoard board;
    private final Policies policies;

    @Inject
    RegistryViews(SnapshotLoader loader, ServingState state, ServableBoard board, Policies policies) {
        this.loader = loader;
        this.state = state;
        this.board = board;
        this.policies = policies;
    }

    RegistryView registry() {
        Listing listing = loader.listing();
        Policies.Survey survey = policies.survey(listing, state.current());
        SortedMap<String, List<RegisteredView>> versions = new TreeMap<>();
        listing.versions().keySet().forEach(ref -> versions.computeIfAbsent(ref.model(), model -> new ArrayList<>())
                .add(view(ref, listing, survey)));
        String problem = loader.registryProblem();
        return new RegistryView(
                problem == null,
                problem,
                listing.cachedAt(),
                versions.entrySet().stream()
                        .map(entry -> new ModelView(
                                entry.getKey(),
                                entry.getValue(),
                                listing.aliases().getOrDefault(entry.getKey(), new TreeMap<>()),
                                listing.problems().get(entry.getKey())))
                        .toList());
    }

    private RegisteredView view(VersionRef ref, Listing listing, Policies.Survey survey) {
        ServableState version = board.get(ref);
        return new RegisteredView(
                ref.version(),
                version == null ? "IDLE" : version.word(),
                version instanceof ServableState.Failed failed ? failed.reason() : null,
                version == null ? null : version.digest(),
                LoadTimes.millis(version),
                RevocationView.of(listing.revocation(ref)),
                unmet(() -> survey.shortfalls(ref)));
    }

    /** Returns which demands of policies a version does not meet that was just handed over. */
    List<UnmetView> unmet(ModelManifest manifest) {
        return unmet(() -> policies.survey(loader.listing(), state.current()).shortfalls(manifest));
    }

    private static List<UnmetView> unmet(Supplier<List<Policies.Shortfall>> shortfalls) {
        try {
            return shortfalls.get().stream()
                    .map(each -> new UnmetView(
                            each.deployment(),
                            each.unmet().requirement().toString(),
                            each.unmet().why()))
                    .toList();
        } catch (ArtifactRejected | RegistryUnavailable e) {
            return List.of(new UnmetView(null, null, e.publicMessage()));
        }
    }

    /** Returns the deployments of a model. */
    List<FollowerView> deployments(String model) {
        return state.current().deployments().values().stream()
                .filter(deployment -> deployment.spec().model().equals(model))
                .map(RegistryViews::view)
                .toList();
    }

    AliasView alias(String model, String alias) {
        String name = alias.startsWith("@") ? alias.substring(1) : alias;
        VersionRef ref = loader.listing().resolve(model, name);
        return new AliasView(
                model,
                name,
                ref == null ? null : ref.version(),
                state.current().deployments().values().stream()
                        .filter(deployment -> deployment.spec().follows(model, name))
                        .map(RegistryViews::view)
                        .toList());
    }

    private static FollowerView view(Deployment deployment) {
        VersionRef serving = deployment.serving();
        VersionRef previous = deployment.previous();
        return new FollowerView(
                deployment.name(),
                serving == null ? null : serving.version(),
                previous == null ? null : previous.version(),
                deployment.problem());
    }
}
