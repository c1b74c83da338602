package dev.weir.api.admin;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.FilesStatus;
import dev.weir.deployment.ServingSnapshot;
import dev.weir.deployment.ServingState;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Variant;
import dev.weir.servable.Lane;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Shows deployments and versions as operators see them. */
@ApplicationScoped
class DeploymentViews {

    /**
     * Everything that is deployed.
     *
     * @param ready whether the server can serve all that is required
     * @param configDigest the digest of the applied files
     * @param configAppliedAt when they were applied
     * @param configRefusal the last time that files were refused since the server started
     * @param registryCachedAt when the registry was last read, if it can't be read now and its cache serves
     * @param deployments every deployment, by name
     */
    @Schema(requiredProperties = {"ready", "deployments"})
    record DeploymentList(
            @Schema(description = "Whether every required deployment can serve")
            boolean ready,

            @Schema(description = "The digest of the applied files") @Nullable
            String configDigest,

            @Schema(description = "When the applied files were applied") @Nullable
            Instant configAppliedAt,

            @Schema(
                    description =
                            "The last time since the server started that the files were refused when they changed;"
                                    + " what was applied stayed")
            @Nullable
            RefusalView configRefusal,

            @Schema(
                    description =
                            "When the registry was last read, if it can't be read now and what serves follows from"
                                    + " its cache")
            @Nullable
            Instant registryCachedAt,

            List<DeploymentView> deployments) {}

    /**
     * Deployment files that were refused.
     *
     * @param at when
     * @param until when that was over
     * @param digest their digest
     * @param problems every mistake
     */
    @Schema(requiredProperties = {"at", "problems"})
    record RefusalView(
            @Schema(description = "When they were refused") Instant at,

            @Schema(
                    description =
                            "When the files were what is applied again, or others were applied; none while that is"
                                    + " not so")
            @Nullable
            Instant until,

            @Schema(description = "Their digest; none if they could not be read together") @Nullable
            String digest,

            @Schema(description = "Every mistake in them") List<String> problems) {

        static @Nullable RefusalView of(FilesStatus.@Nullable Refusal refusal) {
            return refusal == null
                    ? null
                    : new RefusalView(refusal.at(), refusal.until(), refusal.digest(), refusal.problems());
        }
    }

    /**
     * A deployment.
     *
     * @param name what callers call
     * @param description what it is
     * @param ready whether its primary can serve
     * @param required whether the server is unready without it
     * @param disclose how much callers learn
     * @param timeoutMillis how long a request may take
     * @param epoch the digest of the traffic as it falls now
     * @param problem why it does not serve what its file and the registry ask for
     * @param variants its variants
     */
    @Schema(requiredProperties = {"name", "description", "ready", "required", "disclose", "timeoutMillis", "variants"})
    record DeploymentView(
            String name,
            String description,

            @Schema(description = "Whether its primary can serve")
            boolean ready,

            @Schema(description = "Whether the server is unready without it")
            boolean required,

            @Schema(
                    description = "How much callers learn",
                    enumeration = {"full", "version", "opaque"})
            String disclose,

            @Schema(description = "How long a request may take when its caller does not say")
            long timeoutMillis,

            @Schema(
                    description =
                            "The digest of the traffic as it falls now: another one as soon as a share or a version is")
            @Nullable
            String epoch,

            @Schema(description = "Why it does not serve what its file and the registry ask for") @Nullable
            String problem,

            List<VariantView> variants) {}

    /**
     * A variant.
     *
     * @param name its name
     * @param role the part it plays
     * @param percent its share of the requests
     * @param model the model behind it
     * @param version the version behind it
     * @param state where the version stands in its life
     * @param reason why it was refused or can't be called, when that is so
     * @param digest the digest of its files, once it was tried to load them
     * @param loadMillis how long that took
     * @param queued attempts that wait
     */
    @Schema(requiredProperties = {"name", "role", "percent", "model", "version", "state", "queued"})
    record VariantView(
            String name,

            @Schema(enumeration = {"primary", "canary", "arm", "shadow", "standby"})
            String role,

            @Schema(
                    description =
                            "Its share of the requests: of all for a canary, of what that leaves for the primary and"
                                    + " arms; of others none")
            BigDecimal percent,

            String model,
            String version,

            @Schema(
                    description =
                            "Where the version stands in its life; UNAVAILABLE also if the deployment can't use it",
                    enumeration = {"LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED", "UNKNOWN"})
            String state,

            @Schema(description = "Why the version was refused or can't be called, when that is so") @Nullable
            String reason,

            @Schema(description = "The digest of its files, once it was tried to load them") @Nullable
            String digest,

            @Schema(description = "How long the load took, fetching, checks and warm-up included") @Nullable
            Long loadMillis,

            @Schema(description = "Attempts that wait") int queued) {}

    /**
     * A version this process tried to load.
     *
     * @param model the model's name
     * @param version the version's name
     * @param state where it stands in its life
     * @param since when it got there
     * @param reason why it was refused, when it was
     * @param digest the digest of its files, once it was tried to load them
     * @param loadMillis how long that took
     */
    @Schema(requiredProperties = {"model", "version", "state", "since"})
    record VersionView(
            String model,
            String version,

            @Schema(
                    description = "Where it stands in its life",
                    enumeration = {"LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED"})
            String state,

            @Schema(description = "When it got there") Instant since,

            @Schema(description = "Why it was refused, when it was") @Nullable
            String reason,

            @Schema(description = "The digest of its files, once it was tried to load them") @Nullable
            String digest,

            @Schema(description = "How long the load took, fetching, checks and warm-up included") @Nullable
            Long loadMillis) {}

    /** The state of a version that is loaded, or was, and can't be called through this deployment. */
    private static final String LEFT_OUT = "UNAVAILABLE";

    private final ServingState state;
    private final ServableBoard board;

    @Inject
    DeploymentViews(ServingState state, ServableBoard board) {
        this.state = state;
        this.board = board;
    }

    DeploymentList list() {
        FilesStatus files = state.files();
        ServingSnapshot snapshot = state.current();
        return new DeploymentList(
                state.isReady(),
                snapshot.digest(),
                files.appliedAt(),
                RefusalView.of(files.refusal()),
                state.registryCachedAt(),
                snapshot.deployments().values().stream().map(this::view).toList());
    }

    @Nullable
    DeploymentView find(String name) {
        Deployment deployment = state.current().deployment(name);
        return deployment == null ? null : view(deployment);
    }

    List<VersionView> versions() {
        return board.all().entrySet().stream()
                .map(entry -> new VersionView(
                        entry.getKey().model(),
                        entry.getKey().version(),
                        entry.getValue().word(),
                        entry.getValue().since(),
                        reason(entry.getValue()),
                        entry.getValue().digest(),
                        LoadTimes.millis(entry.getValue())))
                .toList();
    }

    private DeploymentView view(Deployment deployment) {
        return new DeploymentView(
                deployment.name(),
                deployment.spec().description(),
                deployment.isReady(),
                deployment.spec().required(),
                deployment.spec().disclosure().name().toLowerCase(Locale.ROOT),
                deployment.spec().timeout().toMillis(),
                deployment.epoch(),
                deployment.problem(),
                deployment.variants().stream()
                        .map(variant -> view(deployment, variant))
                        .toList());
    }

    private VariantView view(Deployment deployment, Variant variant) {
        VersionRef ref = variant.version();
        ServableState version = board.get(ref);
        Lane lane = deployment.lane(variant);
        String leftOut = deployment.leftOut().get(ref);
        return new VariantView(
                variant.name(),
                variant.role().word(),
                deployment.share(variant).percent(),
                ref.model(),
                ref.version(),
                leftOut != null ? LEFT_OUT : version == null ? "UNKNOWN" : version.word(),
                leftOut != null ? leftOut : version == null ? null : reason(version),
                version == null ? null : version.digest(),
                LoadTimes.millis(version),
                lane == null ? 0 : lane.depth());
    }

    private static @Nullable String reason(ServableState state) {
        return state instanceof ServableState.Failed failed ? failed.reason() : null;
    }
}
