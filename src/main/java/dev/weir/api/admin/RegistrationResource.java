package dev.weir.api.admin;

import dev.weir.api.RegistrationConfig;
import dev.weir.api.admin.RegistrationViews.FormSchema;
import dev.weir.api.admin.RegistrationViews.ProblemView;
import dev.weir.api.admin.RegistrationViews.RegistrationView;
import dev.weir.api.admin.RegistryViews.UnmetView;
import dev.weir.deployment.AliasControl;
import dev.weir.deployment.SnapshotLoader;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Caller;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Names;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.profile.ProfileLimits;
import dev.weir.registry.Registrar;
import dev.weir.registry.Registration;
import dev.weir.registry.Submission;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Takes in models, from whoever may register. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "registry", description = "Model versions and aliases")
public class RegistrationResource {

    private static final Log LOG = Log.of(RegistrationResource.class);

    private final Registrar registrar;
    private final RegistrationSpool spool;
    private final RegistrationConfig config;
    private final AliasControl aliases;
    private final SnapshotLoader loader;
    private final RegistryViews views;
    private final Ticker ticker;

    @Inject
    RegistrationResource(
            Registrar registrar,
            RegistrationSpool spool,
            RegistrationConfig config,
            AliasControl aliases,
            SnapshotLoader loader,
            RegistryViews views,
            Ticker ticker) {
        this.registrar = registrar;
        this.spool = spool;
        this.config = config;
        this.aliases = aliases;
        this.loader = loader;
        this.views = views;
        this.ticker = ticker;
    }

    /** Registers a model version; answers when it is there, wholly or not at all, whatever becomes of its alias. */
    @POST
    @Path("/models/{model}/versions")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            operationId = "registerVersion",
            summary = "Register a model version: what its maker does not say is read from the file; it is loaded and"
                    + " checked before it is there, wholly or not at all. Safe to repeat")
    @APIResponse(
            responseCode = "200",
            description = "The registry had the same version already, or it was a dry run.",
            content = @Content(schema = @Schema(implementation = RegistrationView.class)))
    @APIResponse(
            responseCode = "201",
            description = "The registry has the version now.",
            content = @Content(schema = @Schema(implementation = RegistrationView.class)))
    @APIResponse(responseCode = "400", ref = "Problem400")
    @APIResponse(responseCode = "406", ref = "Problem406")
    @APIResponse(responseCode = "409", ref = "Problem409")
    @APIResponse(responseCode = "415", ref = "Problem415")
    @APIResponse(responseCode = "422", ref = "Problem422")
    @APIResponse(responseCode = "default", ref = "Problem")
    public RestResponse<RegistrationView> register(
            @PathParam("model") String model,
            @QueryParam("dry_run") @DefaultValue("false") boolean dryRun,
            @RequestBody(
                            content =
                                    @Content(
                                            mediaType = MediaType.MULTIPART_FORM_DATA,
                                            schema = @Schema(implementation = FormSchema.class)))
                    InputStream body,
            @Context ContainerRequestContext request) {
        Names.requireName(model, "model");
        try (RegistrationSpool.Place place = spool.open()) {
            RegistrationForm form = RegistrationForm.read(
                    new BoundedBody(body, config.maxBody().asLongValue(), config.uploadTimeout(), ticker),
                    Objects.requireNonNullElse(request.getHeaderString(HttpHeaders.CONTENT_TYPE), ""),
                    place.path(),
                    config);
            String alias = form.alias();
            String reason = Objects.requireNonNullElse(form.reason(), "");
            if (alias != null) {
                // Before anything is published. To move an alias is to change what serves.
                AdminGate.require(request, CallerRole.OPERATE);
                AliasControl.requireMove(alias, reason);
            }
            String actor = actor(request);
            Registration registration = registrar.register(submission(model, form, place, actor), dryRun);
            ProblemView problem = dryRun ? null : follow(registration, alias, actor, reason);
            return answer(registration, dryRun || problem != null ? null : alias, problem);
        } catch (IOException e) {
            throw new RegistryUnavailable("the disk takes no more of what arrives", e);
        }
    }

    private Submission submission(String model, RegistrationForm form, RegistrationSpool.Place place, String actor) {
        return new Submission(
                model,
                form.version(),
                form.directory(),
                form.files(),
                form.manifest(),
                form.golden(),
                form.training(),
                ProfileLimits.DEFAULT.withRows(config.maxTrainingRows()),
                place.path(),
                actor);
    }

    /**
     * Lets deployments and aliases use the version at once, not at the next look at the registry. The version is there by
     * now, so what fails here is told beside it.
     */
    private @Nullable ProblemView follow(
            Registration registration, @Nullable String alias, String actor, String reason) {
        VersionRef ref = registration.artifact().manifest().ref();
        try {
            if (alias != null) {
                aliases.set(ref.model(), alias, ref.version(), actor, reason);
            } else if (registration.result() == Registration.Result.CREATED) {
                loader.look(ref);
            }
            return null;
        } catch (WeirException e) {
            LOG.warn("what should follow a registration failed")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .with(LogKey.ALIAS, alias)
                    .with(LogKey.CODE, e.code())
                    .with(LogKey.REASON, e.publicMessage())
                    .cause(e.getCause())
                    .write();
            return alias == null
                    ? null
                    : new ProblemView(
                            e.code().name(),
                            e.publicMessage(),
                            e instanceof RequestRejected rejected ? rejected.field() : null);
        }
    }

    private RestResponse<RegistrationView> answer(
            Registration registration, @Nullable String alias, @Nullable ProblemView problem) {
        RestResponse.Status status =
                switch (registration.result()) {
                    case CREATED -> RestResponse.Status.CREATED;
                    case UNCHANGED, DRY_RUN -> RestResponse.Status.OK;
                };
        List<UnmetView> unmet = views.unmet(registration.artifact().manifest());
        return RestResponse.status(status, RegistrationViews.of(registration, unmet, alias, problem));
    }

    private static String actor(ContainerRequestContext request) {
        return request.getProperty(AdminGate.CALLER) instanceof Caller caller ? caller.id() : "unknown";
    }
}
