package dev.weir.api.admin;

import dev.weir.api.admin.DeploymentViews.DeploymentList;
import dev.weir.api.admin.DeploymentViews.DeploymentView;
import dev.weir.api.admin.DeploymentViews.VersionView;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.predictionlog.local.LocalPredictionLog;
import dev.weir.predictionlog.sink.Forwarders;
import dev.weir.store.ReplicaIncarnation;
import dev.weir.telemetry.WeirVersion;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What operators may ask a server. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "operations", description = "What is deployed, what is loaded, what this server is")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class AdminResource {

    /**
     * What this server is.
     *
     * @param name the product
     * @param version the build
     * @param incarnation the number of this start of this replica
     */
    @Schema(requiredProperties = {"name", "version", "incarnation"})
    record ServerView(
            String name,
            String version,

            @Schema(description = "The number of this start of this replica")
            long incarnation) {}

    private final DeploymentViews views;
    private final ReplicaIncarnation incarnation;
    private final LocalPredictionLog log;
    private final Forwarders forwarders;

    @Inject
    AdminResource(
            DeploymentViews views, ReplicaIncarnation incarnation, LocalPredictionLog log, Forwarders forwarders) {
        this.log = log;
        this.forwarders = forwarders;
        this.views = views;
        this.incarnation = incarnation;
    }

    /** What this server is. */
    @GET
    @Path("/server")
    @Operation(operationId = "getServer", summary = "What this server is")
    public ServerView server() {
        return new ServerView("weir", WeirVersion.current(), incarnation.number());
    }

    /** How the record of predictions does. */
    @GET
    @Path("/log")
    @Operation(
            operationId = "getLog",
            summary = "Whether predictions are recorded, reach this server's disk, and are forwarded")
    public LogView log() {
        return LogView.of(log.isEnabled(), log.health(), forwarders.statuses());
    }

    /** Every deployment and the state of its variants. */
    @GET
    @Path("/deployments")
    @Operation(operationId = "listDeployments", summary = "Every deployment and the state of its variants")
    public DeploymentList deployments() {
        return views.list();
    }

    /** One deployment and the state of its variants. */
    @GET
    @Path("/deployments/{name}")
    @Operation(operationId = "getDeployment", summary = "One deployment and the state of its variants")
    @APIResponse(responseCode = "404", ref = "Problem404")
    public DeploymentView deployment(@PathParam("name") String name) {
        DeploymentView view = views.find(name);
        if (view == null) {
            throw new RequestRejected(FailureCode.UNKNOWN_MODEL, "no deployment has this name", "name");
        }
        return view;
    }

    /** Every model version this process tried to load. */
    @GET
    @Path("/versions")
    @Operation(operationId = "listVersions", summary = "Every model version this process tried to load")
    public List<VersionView> versions() {
        return views.versions();
    }
}
