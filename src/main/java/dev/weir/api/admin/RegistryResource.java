package dev.weir.api.admin;

import dev.weir.api.admin.RegistryViews.AliasView;
import dev.weir.api.admin.RegistryViews.MoveView;
import dev.weir.api.admin.RegistryViews.RegistryView;
import dev.weir.deployment.AliasControl;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What operators may do with the registry: read it again, and move aliases. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "registry", description = "Model versions and aliases")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class RegistryResource {

    /**
     * Where an alias shall point.
     *
     * @param version the version
     * @param reason why
     */
    @Schema(requiredProperties = {"version", "reason"})
    record AliasRequest(
            @Nullable String version,

            @Schema(description = "Why, in up to 500 characters") @Nullable
            String reason) {}

    /**
     * Why an alias shall point back.
     *
     * @param reason why
     */
    @Schema(requiredProperties = {"reason"})
    record RevertRequest(
            @Schema(description = "Why, in up to 500 characters") @Nullable
            String reason) {}

    private final RegistryViews views;
    private final AliasControl aliases;
    private final SnapshotLoader loader;

    @Inject
    RegistryResource(RegistryViews views, AliasControl aliases, SnapshotLoader loader) {
        this.views = views;
        this.aliases = aliases;
        this.loader = loader;
    }

    /** Every model, version and alias, as the registry was when it was last read. */
    @GET
    @Path("/registry")
    @Operation(operationId = "getRegistry", summary = "Every model, version and alias, as the registry was last read")
    public RegistryView registry() {
        return views.registry();
    }

    /** Reads the registry now and brings what serves in line with it. */
    @POST
    @Path("/registry/refresh")
    @Operation(
            operationId = "refreshRegistry",
            summary = "Read the registry now and bring what serves in line with it; answers when that is done")
    public RegistryView refresh(@QueryParam("retry") @DefaultValue("false") boolean retry) {
        loader.refresh(retry);
        return views.registry();
    }

    /** What an alias stands for, and who serves it. */
    @GET
    @Path("/models/{model}/aliases/{alias}")
    @Operation(operationId = "getAlias", summary = "What an alias stands for, and which deployments follow it")
    @APIResponse(responseCode = "404", ref = "Problem404")
    public AliasView alias(@PathParam("model") String model, @PathParam("alias") String alias) {
        AliasView view = views.alias(model, alias);
        if (view.version() == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the model has no such alias", "alias");
        }
        return view;
    }

    /** Points an alias to a version; answers when its deployments followed, or can't. */
    @PUT
    @Path("/models/{model}/aliases/{alias}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "setAlias",
            summary = "Point an alias to a version; answers when its deployments followed, or can't")
    @APIResponse(responseCode = "404", ref = "Problem404")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public AliasView set(
            @PathParam("model") String model,
            @PathParam("alias") String alias,
            @Nullable AliasRequest body,
            @Context ContainerRequestContext request) {
        aliases.set(
                model,
                alias,
                AdminRequests.require(body == null ? null : body.version(), "version"),
                AdminRequests.actor(request),
                AdminRequests.require(body == null ? null : body.reason(), "reason"));
        return views.alias(model, alias);
    }

    /** Points an alias back to where it pointed before. */
    @POST
    @Path("/models/{model}/aliases/{alias}/revert")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "revertAlias", summary = "Point an alias back to where it pointed before its last move")
    @APIResponse(responseCode = "404", ref = "Problem404")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public AliasView revert(
            @PathParam("model") String model,
            @PathParam("alias") String alias,
            @Nullable RevertRequest body,
            @Context ContainerRequestContext request) {
        aliases.revert(
                model,
                alias,
                AdminRequests.actor(request),
                AdminRequests.require(body == null ? null : body.reason(), "reason"));
        return views.alias(model, alias);
    }

    /** Who moved an alias, when, from where to where, and why; the newest first. */
    @GET
    @Path("/models/{model}/aliases/{alias}/history")
    @Operation(operationId = "getAliasHistory", summary = "Who moved an alias, when and why; the newest first")
    public List<MoveView> history(@PathParam("model") String model, @PathParam("alias") String alias) {
        return aliases.history(model, alias).stream().map(MoveView::new).toList();
    }
}
