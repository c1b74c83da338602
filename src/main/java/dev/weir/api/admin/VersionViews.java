package dev.weir.api.admin;

import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Listing;
import dev.weir.registry.Manifests;
import dev.weir.registry.Revocation;
import dev.weir.registry.VersionQuery;
import dev.weir.registry.VersionSearch;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataDiff;
import dev.weir.registry.metadata.MetadataField;
import dev.weir.registry.metadata.MetadataValue;
import dev.weir.routing.Variant;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Shows versions by what their manifests say, and where they serve. */
@ApplicationScoped
class VersionViews {

    /**
     * Why a version may not serve any more.
     *
     * @param actor who revoked it
     * @param at when
     * @param reason why
     */
    @Schema(requiredProperties = {"actor", "at", "reason"})
    record RevocationView(String actor, Instant at, String reason) {

        static @Nullable RevocationView of(@Nullable Revocation revocation) {
            return revocation == null
                    ? null
                    : new RevocationView(revocation.actor(), revocation.at(), revocation.reason());
        }
    }

    /**
     * Versions that were looked for.
     *
     * @param versions those that match, by model and version
     * @param unread those whose manifests can't be read, so that it is not known
     * @param next what to pass as {@code after} for more; null at the end
     */
    @Schema(requiredProperties = {"versions", "unread"})
    record FoundView(
            List<FoundVersion> versions,

            @Schema(description = "Versions whose manifests can't be read, so that it is not known whether they match")
            List<UnreadView> unread,

            @Schema(description = "What to pass as after for more; absent at the end") @Nullable
            String next) {}

    /**
     * A version that was found.
     *
     * @param model the model
     * @param version the version
     * @param state where it stands in this server
     * @param digest the digest of its files, once it was tried to load them
     * @param loadMillis how long that took
     * @param aliases the aliases that stand for it
     * @param serves where this server serves it
     * @param revoked why it may not serve any more, if so
     * @param lineage where it comes from, by field
     */
    @Schema(requiredProperties = {"model", "version", "state", "aliases", "serves", "lineage"})
    record FoundVersion(
            String model,
            String version,

            @Schema(
                    description = "Where it stands in this server; IDLE when nothing asked for it",
                    enumeration = {"IDLE", "LOADING", "READY", "UNLOADING", "UNAVAILABLE", "FAILED"})
            String state,

            @Schema(description = "The digest of its files, once it was tried to load them") @Nullable
            String digest,

            @Schema(description = "How long the load took, fetching, checks and warm-up included") @Nullable
            Long loadMillis,

            List<String> aliases,

            @Schema(description = "Where this server serves it")
            List<ServesView> serves,

            @Schema(description = "Why it may not serve any more, if so") @Nullable
            RevocationView revoked,

            @Schema(description = "Where it comes from, by field")
            Map<String, Object> lineage) {}

    /**
     * A place where a version serves.
     *
     * @param deployment the deployment
     * @param role the part it plays there; {@code previous} when it is kept for a return
     */
    @Schema(requiredProperties = {"deployment", "role"})
    record ServesView(
            String deployment,

            @Schema(enumeration = {"primary", "canary", "arm", "shadow", "standby", "previous"})
            String role) {}

    /**
     * A version whose manifest can't be read.
     *
     * @param model the model
     * @param version the version
     * @param reason why
     */
    @Schema(requiredProperties = {"model", "version", "reason"})
    record UnreadView(String model, String version, String reason) {}

    /**
     * How two versions differ.
     *
     * @param model the model
     * @param from the one version
     * @param to the other
     * @param changes every field that differs, by path
     */
    @Schema(requiredProperties = {"model", "from", "to", "changes"})
    record DiffView(String model, String from, String to, List<ChangeView> changes) {}

    /**
     * A field that differs.
     *
     * @param field its path
     * @param from its value in the one version; null when it is not there
     * @param to its value in the other; null when it is not there
     * @param difference by how much a number grew
     */
    @Schema(requiredProperties = {"field"})
    record ChangeView(
            String field,

            @Schema(
                    description = "Its value in the one version, a text or a number; null when it is not there",
                    implementation = Object.class)
            @Nullable
            Object from,

            @Schema(
                    description = "Its value in the other version, a text or a number; null when it is not there",
                    implementation = Object.class)
            @Nullable
            Object to,

            @Schema(description = "By how much a number grew") @Nullable
            Double difference) {}

    private final SnapshotLoader loader;
    private final ServingState state;
    private final ServableBoard board;
    private final VersionSearch search;
    private final Manifests manifests;

    @Inject
    VersionViews(
            SnapshotLoader loader, ServingState state, ServableBoard board, VersionSearch search, Manifests manifests) {
        this.loader = loader;
        this.state = state;
        this.board = board;
        this.search = search;
        this.manifests = manifests;
    }

    FoundView find(VersionQuery query, @Nullable VersionRef after, int limit) {
        Listing listing = loader.listing();
        VersionSearch.Page page = search.search(listing, query, after, limit);
        List<FoundVersion> found = new ArrayList<>();
        page.found().forEach((ref, metadata) -> found.add(view(ref, metadata, listing)));
        List<UnreadView> unread = new ArrayList<>();
        page.unread().forEach((ref, why) -> unread.add(new UnreadView(ref.model(), ref.version(), why)));
        VersionRef next = page.next();
        return new FoundView(found, unread, next == null ? null : next.toString());
    }

    private FoundVersion view(VersionRef ref, Metadata metadata, Listing listing) {
        ServableState version = board.get(ref);
        Map<String, Object> lineage = new TreeMap<>();
        metadata.fields().forEach((path, value) -> {
            Object plain = path.startsWith(MetadataField.LINEAGE) ? plain(value) : null;
            if (plain != null) {
                lineage.put(path.substring(MetadataField.LINEAGE.length()), plain);
            }
        });
        return new FoundVersion(
                ref.model(),
                ref.version(),
                version == null ? "IDLE" : version.word(),
                version == null ? null : version.digest(),
                LoadTimes.millis(version),
                aliases(ref, listing),
                serves(ref),
                RevocationView.of(listing.revocation(ref)),
                lineage);
    }

    private static List<String> aliases(VersionRef ref, Listing listing) {
        return listing.aliases().getOrDefault(ref.model(), Collections.emptySortedMap()).entrySet().stream()
                .filter(alias -> alias.getValue().equals(ref.version()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<ServesView> serves(VersionRef ref) {
        List<ServesView> serves = new ArrayList<>();
        for (Deployment deployment : state.current().deployments().values()) {
            for (Variant variant : deployment.variants()) {
                if (variant.version().equals(ref) && deployment.lane(variant) != null) {
                    serves.add(new ServesView(deployment.name(), variant.role().word()));
                }
            }
            if (ref.equals(deployment.previous())) {
                serves.add(new ServesView(deployment.name(), "previous"));
            }
        }
        return serves;
    }

    /** Compares two versions, each named by itself or by an alias. */
    DiffView diff(String model, String from, String to) {
        Listing listing = loader.listing();
        VersionRef left = resolve(model, from, "from", listing);
        VersionRef right = resolve(model, to, "to", listing);
        List<MetadataDiff.Change> changes =
                MetadataDiff.between(manifests.readWhole(left, listing), manifests.readWhole(right, listing));
        return new DiffView(
                model,
                left.version(),
                right.version(),
                changes.stream()
                        .map(change -> new ChangeView(
                                change.field(), plain(change.from()), plain(change.to()), change.difference()))
                        .toList());
    }

    private static VersionRef resolve(String model, String name, String field, Listing listing) {
        VersionRef ref = name.startsWith("@") ? listing.resolve(model, name.substring(1)) : new VersionRef(model, name);
        if (ref == null || !listing.holds(ref)) {
            throw new RequestRejected(
                    FailureCode.UNKNOWN_VERSION,
                    ref == null ? "the model has no such alias" : "the registry has no such version",
                    field);
        }
        return ref;
    }

    /** Returns a value as JSON has it: a number if it is one that JSON knows, else a text. */
    private static @Nullable Object plain(@Nullable MetadataValue value) {
        return switch (value) {
            case null -> null;
            case MetadataValue.Text(String text) -> text;
            case MetadataValue.Numeric(double number) ->
                !Double.isFinite(number)
                        ? String.valueOf(number)
                        : number == Math.rint(number) && Math.abs(number) < 1e15
                                ? (Object) (long) number
                                : (Object) number;
        };
    }
}
