package dev.weir.api.admin;

import dev.weir.api.admin.VersionViews.DiffView;
import dev.weir.api.admin.VersionViews.FoundView;
import dev.weir.api.admin.VersionViews.RevocationView;
import dev.weir.deployment.VersionControl;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.VersionQuery;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What operators may do with single versions: find, compare, revoke and delete them. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "registry", description = "Model versions and aliases")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class VersionResource {

    private static final int MAX_LIMIT = 1_000;

    /**
     * Why a version shall be revoked.
     *
     * @param reason why
     */
    @Schema(requiredProperties = {"reason"})
    record RevokeRequest(
            @Schema(description = "Why, in up to 500 characters") @Nullable
            String reason) {}

    /**
     * A version that was revoked.
     *
     * @param model the model
     * @param version the version
     * @param revoked who revoked it first, when and why
     * @param untold whether the registry could not be told yet
     * @param deployments the deployments of its model
     */
    @Schema(requiredProperties = {"model", "version", "revoked", "untold", "deployments"})
    record RevokedView(
            String model,
            String version,

            @Schema(description = "Who revoked it first, when and why") @Nullable
            RevocationView revoked,

            @Schema(
                    description =
                            "Whether the registry can't be written now, and is told once it can be; until then, other"
                                    + " servers do not know")
            boolean untold,

            @Schema(description = "The deployments of its model")
            List<RegistryViews.FollowerView> deployments) {}

    /**
     * A version that was deleted.
     *
     * @param model the model
     * @param version the version
     */
    @Schema(requiredProperties = {"model", "version"})
    record DeletedView(String model, String version) {}

    private final VersionControl versions;
    private final VersionViews views;
    private final RegistryViews registry;

    @Inject
    VersionResource(VersionControl versions, VersionViews views, RegistryViews registry) {
        this.versions = versions;
        this.views = views;
        this.registry = registry;
    }

    /** Versions by where they come from, loaded or not. */
    @GET
    @Path("/registry/versions")
    @Operation(
            operationId = "findVersions",
            summary = "Versions by where they come from, loaded or not, and where they serve")
    public FoundView find(
            @QueryParam("model") @Nullable String model,
            @Parameter(description = "The training data's reference") @QueryParam("training_data") @Nullable
                    String trainingData,
            @Parameter(description = "The training data's digest") @QueryParam("training_data_sha256") @Nullable
                    String trainingDataSha256,
            @Parameter(description = "The training run") @QueryParam("run_id") @Nullable String runId,
            @Parameter(description = "The training code's revision") @QueryParam("git_commit") @Nullable
                    String gitCommit,
            @Parameter(description = "next of the answer before") @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @DefaultValue("100") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "limit is 1 to " + MAX_LIMIT, "limit", (long) MAX_LIMIT);
        }
        VersionQuery query = new VersionQuery(model, trainingData, trainingDataSha256, runId, gitCommit);
        return views.find(query, after == null ? null : cursor(after), limit);
    }

    private static VersionRef cursor(String after) {
        String[] names = after.split("/", -1);
        if (names.length != 2) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "after is next of another answer", "after");
        }
        return new VersionRef(names[0], names[1]);
    }

    /** How two versions of a model differ. */
    @GET
    @Path("/models/{model}/diff")
    @Operation(
            operationId = "diffVersions",
            summary = "How the manifests of two versions differ, each named by itself or as @alias")
    @APIResponse(responseCode = "404", ref = "Problem404")
    public DiffView diff(
            @PathParam("model") String model,
            @Parameter(description = "A version or an @alias", required = true) @QueryParam("from") @Nullable
                    String from,
            @Parameter(description = "A version or an @alias", required = true) @QueryParam("to") @Nullable String to) {
        return views.diff(model, AdminRequests.require(from, "from"), AdminRequests.require(to, "to"));
    }

    /** Takes a version out of service for good; answers when it left. */
    @POST
    @Path("/models/{model}/versions/{version}/revoke")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "revokeVersion",
            summary = "Take a version out of service for good; answers when it left, and who serves what instead")
    @APIResponse(responseCode = "404", ref = "Problem404")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public RevokedView revoke(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @Nullable RevokeRequest body,
            @Context ContainerRequestContext request) {
        String reason = AdminRequests.require(body == null ? null : body.reason(), "reason");
        VersionRef ref = new VersionRef(model, version);
        RevocationView revoked = RevocationView.of(versions.revoke(ref, AdminRequests.actor(request), reason));
        return new RevokedView(model, version, revoked, versions.isUntold(ref), registry.deployments(model));
    }

    /** Deletes a version that nobody needs. */
    @DELETE
    @Path("/models/{model}/versions/{version}")
    @Operation(
            operationId = "deleteVersion",
            summary = "Delete a version and its files, unless somebody needs it; the answer then names who")
    @APIResponse(responseCode = "404", ref = "Problem404")
    public DeletedView delete(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @Parameter(description = "Why, in up to 500 characters", required = true) @QueryParam("reason") @Nullable
                    String reason,
            @Context ContainerRequestContext request) {
        versions.delete(
                new VersionRef(model, version), AdminRequests.actor(request), AdminRequests.require(reason, "reason"));
        return new DeletedView(model, version);
    }
}
