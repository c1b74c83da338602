package dev.weir.api.admin;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Listing;
import dev.weir.routing.Variant;
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
     */
    @Schema(requiredProperties = {"model", "versions", "aliases"})
    record ModelView(
            String model,
            List<RegisteredView> versions,

            @Schema(description = "The version behind each alias")
            Map<String, String> aliases) {}

    /**
     * A version in the registry.
     *
     * @param version its name
     * @param state where it stands in this server
     * @param reason why it was refused, when it was
     */
    @Schema(requiredProperties = {"version", "state"})
    record RegisteredView(
            String version,

            @Schema(
                    description = "Where it stands in this server; IDLE when nothing asked for it",
                    enumeration = {"IDLE", "LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED"})
            String state,

            @Schema(description = "Why it was refused, when it was") @Nullable
            String reason) {}

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

    @Inject
    RegistryViews(SnapshotLoader loader, ServingState state, ServableBoard board) {
        this.loader = loader;
        this.state = state;
        this.board = board;
    }

    RegistryView registry() {
        Listing listing = loader.listing();
        SortedMap<String, List<RegisteredView>> versions = new TreeMap<>();
        listing.versions().keySet().forEach(ref -> versions.computeIfAbsent(ref.model(), model -> new ArrayList<>())
                .add(view(ref)));
        String problem = loader.registryProblem();
        return new RegistryView(
                problem == null,
                problem,
                listing.cachedAt(),
                versions.entrySet().stream()
                        .map(entry -> new ModelView(
                                entry.getKey(),
                                entry.getValue(),
                                listing.aliases().getOrDefault(entry.getKey(), new TreeMap<>())))
                        .toList());
    }

    private RegisteredView view(VersionRef ref) {
        ServableState version = board.get(ref);
        return new RegisteredView(
                ref.version(),
                version == null ? "IDLE" : version.word(),
                version instanceof ServableState.Failed failed ? failed.reason() : null);
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
        Variant primary = deployment.isReady() ? deployment.primary() : null;
        VersionRef previous = deployment.previous();
        return new FollowerView(
                deployment.name(),
                primary == null ? null : primary.version().version(),
                previous == null ? null : previous.version(),
                deployment.problem());
    }
}
