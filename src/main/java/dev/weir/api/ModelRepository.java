package dev.weir.api;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Revocation;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The protocol-neutral answers of the model repository extension; REST and gRPC only spell them. What serves is decided
 * by deployments, so loading a model here means to look for what changed and to try again what failed, and a model that
 * is deployed can't be unloaded. Thread-safe.
 */
@Singleton
public class ModelRepository {

    private final ServingState state;
    private final SnapshotLoader loader;
    private final ServableBoard board;

    /** Answers from what is loaded and what the registry holds. */
    @Inject
    public ModelRepository(ServingState state, SnapshotLoader loader, ServableBoard board) {
        this.state = state;
        this.loader = loader;
        this.board = board;
    }

    /**
     * A version of the repository.
     *
     * @param name the model
     * @param version the version
     * @param state {@code LOADING}, {@code READY}, {@code UNLOADING} or {@code UNAVAILABLE}
     * @param reason why it is not ready, or nothing
     * @param digest the digest of its files, once it was tried to load them
     * @param loadMillis how long that took
     */
    public record Entry(
            String name,
            String version,
            String state,
            String reason,
            @Nullable String digest,
            @Nullable Long loadMillis) {

        /** Says whether it can serve. */
        boolean isReady() {
            return state.equals("READY");
        }
    }

    /**
     * Returns when the registry was last read, if it can't be read now and what this tells of it comes from its cache; else
     * null.
     */
    public @Nullable Instant cachedAt() {
        return state.registryCachedAt();
    }

    /**
     * Returns every version that the registry holds, or that a deployment asked for, by model and version.
     *
     * @param readyOnly whether to leave out what is not ready
     * @throws RequestRejected when the caller has not role register
     */
    public List<Entry> index(Caller caller, boolean readyOnly) {
        requireRole(caller);
        Listing listing = loader.listing();
        Map<VersionRef, ServableState> states = board.all();
        Set<VersionRef> refs =
                new TreeSet<>(Comparator.comparing(VersionRef::model).thenComparing(VersionRef::version));
        refs.addAll(listing.versions().keySet());
        refs.addAll(states.keySet());
        List<Entry> entries = new ArrayList<>();
        for (VersionRef ref : refs) {
            Entry entry = entry(ref, states.get(ref), listing.revocation(ref));
            if (!readyOnly || entry.isReady()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static Entry entry(VersionRef ref, @Nullable ServableState state, @Nullable Revocation revocation) {
        String word =
                switch (state) {
                    case null -> "UNAVAILABLE";
                    // The extension has no word for what failed but its reason.
                    case ServableState.Failed failed -> "UNAVAILABLE";
                    case ServableState other -> other.word();
                };
        String reason =
                switch (state) {
                    case ServableState.Failed failed -> failed.reason();
                    case ServableState.Unloaded unloaded -> revoked(revocation, "unloaded");
                    case null -> revoked(revocation, "not deployed");
                    case ServableState other -> "";
                };
        Duration took = state == null ? null : state.took();
        return new Entry(
                ref.model(),
                ref.version(),
                word,
                reason,
                state == null ? null : state.digest(),
                took == null ? null : took.toMillis());
    }

    private static String revoked(@Nullable Revocation revocation, String otherwise) {
        return revocation == null ? otherwise : "revoked: " + revocation.reason();
    }

    /**
     * Reads the registry and tries what failed of a model, even if nothing changed. Blocks as long as that takes.
     *
     * @param name a deployment or a model
     * @throws RequestRejected when the caller has not role register, or no deployment serves such a model
     * @throws PredictionFailed when it does not serve even so
     * @throws dev.weir.failure.Overloaded when too many wait already
     */
    public void load(Caller caller, String name) {
        requireRole(caller);
        Names.requireName(name, "model");
        Set<String> models = new TreeSet<>(Set.of(name));
        serving(name).forEach(deployment -> models.add(deployment.spec().model()));
        loader.refresh(ref -> models.contains(ref.model()), ref -> models.contains(ref.model()));
        List<Deployment> serving = serving(name);
        if (serving.isEmpty()) {
            requireModel(name);
            throw new RequestRejected(
                    FailureCode.CONFLICT, "no deployment serves this model; what serves is decided by deployments");
        }
        for (Deployment deployment : serving) {
            String problem = deployment.problem();
            if (!deployment.isReady() || problem != null) {
                throw new PredictionFailed(
                        FailureCode.MODEL_NOT_READY,
                        "deployment '" + deployment.name() + "': " + (problem == null ? "not ready" : problem));
            }
        }
    }

    /**
     * Confirms that a model is not loaded. Blocks.
     *
     * @param name a deployment or a model
     * @throws RequestRejected when the caller has not role register, a deployment serves the model, or there is none
     */
    public void unload(Caller caller, String name) {
        requireRole(caller);
        Names.requireName(name, "model");
        List<Deployment> serving = serving(name);
        if (!serving.isEmpty()) {
            throw new RequestRejected(
                    FailureCode.CONFLICT,
                    "deployment '" + serving.getFirst().name()
                            + "' serves this model; what serves is decided by deployments");
        }
        requireModel(name);
    }

    /** Returns the deployment of this name or, if there is none, those of the model. */
    private List<Deployment> serving(String name) {
        ServingSnapshot snapshot = state.current();
        Deployment named = snapshot.deployment(name);
        return named != null
                ? List.of(named)
                : snapshot.deployments().values().stream()
                        .filter(deployment -> deployment.spec().model().equals(name))
                        .toList();
    }

    private void requireModel(String name) {
        if (loader.listing().versions().keySet().stream()
                .noneMatch(ref -> ref.model().equals(name))) {
            throw new RequestRejected(FailureCode.UNKNOWN_MODEL, "the registry has no such model", "model");
        }
    }

    private static void requireRole(Caller caller) {
        if (!caller.may(CallerRole.REGISTER)) {
            throw new RequestRejected(FailureCode.FORBIDDEN, "this needs role register");
        }
    }

    /**
     * Checks the parameters of a load or an unload.
     *
     * @throws RequestRejected when one asks for what this server does not do
     */
    public static void requireParameters(Map<String, ?> parameters, String place) {
        for (String parameter : parameters.keySet()) {
            // There are no models that depend on others, so unloading those is done by doing nothing.
            if (!parameter.equals("unload_dependents")) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_PARAMETER,
                        "models come from the registry as they are, so '" + Printable.of(parameter)
                                + "' can't be given",
                        place);
            }
        }
    }

    /**
     * Checks the name of a repository.
     *
     * @throws RequestRejected when there is one
     */
    public static void requireOnlyRepository(String name) {
        if (!name.isEmpty()) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the server has one repository, and it has no name", "repository_name");
        }
    }
}
