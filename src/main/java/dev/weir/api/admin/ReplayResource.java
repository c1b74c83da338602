package dev.weir.api.admin;

import dev.weir.api.admin.ReplayViews.ReplayView;
import dev.weir.audit.AuditAction;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Names;
import dev.weir.inference.PredictionId;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import dev.weir.registry.ModelSource;
import dev.weir.replay.Replays;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Runs recorded predictions again. The path is the class's as a whole: other classes begin with parts of it. */
@Path("/api/v1/predictions/{id}/replay")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "predictions", description = "What is on record")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class ReplayResource {

    private static final int UUID_LENGTH = 36;

    /**
     * What to run a recorded input on, if not the recorded version.
     *
     * @param version another version of the recorded model
     * @param alias or what an alias of the model stands for now
     */
    record ReplayRequest(
            @Schema(description = "Another version of the recorded model") @Nullable
            String version,

            @Schema(description = "Or what an alias of the model stands for now, without its @") @Nullable
            String alias) {}

    private final Instance<LogReader> log;
    private final ModelSource source;
    private final Replays replays;
    private final Deeds deeds;

    @Inject
    ReplayResource(Instance<LogReader> log, ModelSource source, Replays replays, Deeds deeds) {
        this.log = log;
        this.source = source;
        this.replays = replays;
        this.deeds = deeds;
    }

    /** Runs a recorded prediction again. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "replayPrediction",
            summary =
                    "Run a recorded input again, on the recorded bytes or on another version, and compare the answers;"
                            + " needs role audit")
    @APIResponse(responseCode = "404", ref = "Problem404")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public ReplayView replay(
            @Parameter(description = "The prediction's id; that of a row stands for the whole") @PathParam("id")
                    String id,
            @Nullable ReplayRequest body,
            @Context ContainerRequestContext request) {
        AdminGate.require(request, CallerRole.AUDIT);
        PredictionRecord record = record(id);
        VersionRef other =
                body == null ? null : other(record.context().version().model(), body.version(), body.alias());
        return deeds.run(
                request,
                AuditAction.PREDICTION_REPLAY,
                record.id().toString(),
                record.context().deployment(),
                other == null ? null : "on " + other,
                () -> ReplayViews.of(record, replays.replay(record, other)));
    }

    private PredictionRecord record(String id) {
        StoredEntry found = log.isResolvable() ? log.get().find(id(id)) : null;
        if (found != null && found.entry() instanceof PredictionRecord record) {
            return record;
        }
        throw new RequestRejected(
                FailureCode.UNKNOWN_PREDICTION, "no prediction of this id is on record, or none any more", "id");
    }

    private static PredictionId id(String text) {
        String whole =
                text.length() > UUID_LENGTH && text.charAt(UUID_LENGTH) == ':' ? text.substring(0, UUID_LENGTH) : text;
        try {
            if (whole.length() == UUID_LENGTH) {
                return new PredictionId(UUID.fromString(whole));
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new RequestRejected(FailureCode.INVALID_ID, "a prediction's id is a UUID", "id");
    }

    private @Nullable VersionRef other(String model, @Nullable String version, @Nullable String alias) {
        if (version != null && alias != null) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "either version or alias says what to run", "alias");
        }
        if (version != null) {
            return new VersionRef(model, version);
        }
        if (alias == null) {
            return null;
        }
        VersionRef ref = source.list().resolve(model, Names.requireName(alias, "alias"));
        if (ref == null) {
            throw new RequestRejected(FailureCode.NOT_FOUND, "the model has no such alias", "alias");
        }
        return ref;
    }
}
