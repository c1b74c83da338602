package dev.weir.api.admin;

import dev.weir.audit.AuditAction;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.CallerRole;
import dev.weir.inference.Names;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.subject.Erasure;
import dev.weir.predictionlog.subject.LegalHold;
import dev.weir.predictionlog.subject.LegalHolds;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What those may do who answer for personal data: forget a subject, and keep records that the law wants kept. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "privacy", description = "Erasure of subjects and legal holds")
@APIResponse(responseCode = "200", description = "The answer.")
@APIResponse(responseCode = "400", ref = "Problem400")
@APIResponse(responseCode = "406", ref = "Problem406")
@APIResponse(responseCode = "default", ref = "Problem")
public class PrivacyResource {

    private static final int MAX_REASON = 500;

    /**
     * Whom to forget.
     *
     * @param subject the subject, as its requests name it
     * @param subject_key or the key that stands for it in records
     * @param reason why
     */
    @Schema(requiredProperties = {"reason"})
    record EraseRequest(
            @Schema(description = "The subject, as its requests name it") @Nullable
            String subject,

            @Schema(description = "Or the key that stands for it in records") @Nullable
            String subject_key,

            @Schema(description = "Why, in up to 500 characters") @Nullable
            String reason) {}

    /**
     * How far an erasure got in one place.
     *
     * @param place the place
     * @param result how far
     * @param count keys, payloads or outcomes
     * @param detail what must be known besides
     */
    @Schema(requiredProperties = {"place", "result", "count"})
    record EvidenceView(
            String place,

            @Schema(enumeration = {"key_destroyed", "deleted", "nothing_kept", "out_of_reach", "failed"})
            String result,

            @Schema(description = "Keys that were destroyed, or payloads or outcomes that were deleted")
            long count,

            @Nullable String detail) {

        static EvidenceView of(SubjectEraser.Evidence evidence) {
            return new EvidenceView(evidence.place(), evidence.result().word(), evidence.count(), evidence.detail());
        }
    }

    /**
     * A subject that was forgotten.
     *
     * @param subject_keys the keys that stood for it
     * @param erased_at when
     * @param evidence how far it got in each place
     */
    @Schema(requiredProperties = {"subject_keys", "erased_at", "evidence"})
    record ErasedView(List<String> subject_keys, Instant erased_at, List<EvidenceView> evidence) {}

    /**
     * What to keep.
     *
     * @param subject the subject whose records are kept
     * @param subject_key or the key that stands for it
     * @param deployment the deployment whose records are kept
     * @param from the earliest time
     * @param to the time that is covered no more
     * @param reason why
     */
    @Schema(requiredProperties = {"reason"})
    record HoldRequest(
            @Nullable String subject,
            @Nullable String subject_key,
            @Nullable String deployment,

            @Schema(description = "The earliest time that is covered, as RFC 3339") @Nullable
            String from,

            @Schema(description = "The time that is covered no more, as RFC 3339") @Nullable
            String to,

            @Schema(description = "Why, in up to 500 characters") @Nullable
            String reason) {}

    /**
     * A hold.
     *
     * @param id its name
     * @param subject_keys every key of the subject it covers
     * @param deployment the deployment it covers
     * @param from the earliest time it covers
     * @param to the time it covers no more
     * @param reason why
     * @param placed_by who placed it
     * @param placed_at when
     * @param active whether it holds
     * @param released_by who released it
     * @param released_at when
     * @param release_reason why
     */
    @Schema(requiredProperties = {"id", "subject_keys", "reason", "placed_by", "placed_at", "active"})
    record HoldView(
            String id,
            List<String> subject_keys,
            @Nullable String deployment,
            @Nullable Instant from,
            @Nullable Instant to,
            String reason,
            String placed_by,
            Instant placed_at,
            boolean active,
            @Nullable String released_by,
            @Nullable Instant released_at,
            @Nullable String release_reason) {

        static HoldView of(LegalHold hold) {
            LegalHold.Release released = hold.released();
            return new HoldView(
                    hold.id(),
                    hold.subjectKeys(),
                    hold.deployment(),
                    hold.from(),
                    hold.to(),
                    hold.reason(),
                    hold.placedBy(),
                    hold.placedAt(),
                    hold.isActive(),
                    released == null ? null : released.by(),
                    released == null ? null : released.at(),
                    released == null ? null : released.reason());
        }
    }

    private final Erasure erasure;
    private final LegalHolds holds;
    private final Deeds deeds;

    @Inject
    PrivacyResource(Erasure erasure, LegalHolds holds, Deeds deeds) {
        this.erasure = erasure;
        this.holds = holds;
        this.deeds = deeds;
    }

    /** Forgets a subject. */
    @POST
    @Path("/subjects/erase")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "eraseSubject",
            summary =
                    "Destroy what opens the payloads of a subject, and say how far that reaches; needs roles operate and"
                            + " audit")
    @APIResponse(responseCode = "409", ref = "Problem409")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public ErasedView erase(@Nullable EraseRequest body, @Context ContainerRequestContext request) {
        require(request);
        EraseRequest wanted = AdminRequests.body(body);
        List<String> keys = erasure.keysOf(wanted.subject(), wanted.subject_key());
        String reason = reason(wanted.reason());
        Erasure.Erased erased = deeds.run(
                request,
                AuditAction.SUBJECT_ERASE,
                String.join(" ", keys),
                null,
                reason,
                () -> erasure.erase(keys, reason, AdminRequests.actor(request)));
        return new ErasedView(
                erased.subjectKeys(),
                erased.at(),
                erased.evidence().stream().map(EvidenceView::of).toList());
    }

    /** Every hold. */
    @GET
    @Path("/holds")
    @Operation(operationId = "listHolds", summary = "Every legal hold, released ones too, the oldest first")
    public List<HoldView> holds(@Context ContainerRequestContext request) {
        require(request);
        return holds.all().stream().map(HoldView::of).toList();
    }

    /** Places a hold. */
    @POST
    @Path("/holds")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "placeHold",
            summary = "Keep records from retention and erasure; needs roles operate and audit")
    @APIResponse(responseCode = "415", ref = "Problem415")
    public HoldView place(@Nullable HoldRequest body, @Context ContainerRequestContext request) {
        require(request);
        HoldRequest wanted = AdminRequests.body(body);
        String deployment = wanted.deployment();
        List<String> keys = wanted.subject() == null && wanted.subject_key() == null
                ? List.of()
                : erasure.keysOf(wanted.subject(), wanted.subject_key());
        Instant from = instant(wanted.from(), "from");
        Instant to = instant(wanted.to(), "to");
        String reason = reason(wanted.reason());
        if (deployment != null) {
            Names.requireName(deployment, "deployment");
        }
        return HoldView.of(deeds.run(
                request,
                AuditAction.HOLD_PLACE,
                keys.isEmpty() ? "records" : String.join(" ", keys),
                deployment,
                reason,
                () -> holds.place(keys, deployment, from, to, reason, AdminRequests.actor(request))));
    }

    /** Releases a hold. */
    @DELETE
    @Path("/holds/{id}")
    @Operation(operationId = "releaseHold", summary = "Release a legal hold; needs roles operate and audit")
    @APIResponse(responseCode = "404", ref = "Problem404")
    public HoldView release(
            @PathParam("id") String id,
            @Parameter(description = "Why, in up to 500 characters", required = true) @QueryParam("reason") @Nullable
                    String reason,
            @Context ContainerRequestContext request) {
        require(request);
        String why = reason(reason);
        return HoldView.of(deeds.run(
                request,
                AuditAction.HOLD_RELEASE,
                Names.requireId(id, "id"),
                null,
                why,
                () -> holds.release(id, why, AdminRequests.actor(request))));
    }

    /** Who may take records away, or keep others from it, answers for traffic and for payloads. */
    private static void require(ContainerRequestContext request) {
        AdminGate.require(request, CallerRole.OPERATE);
        AdminGate.require(request, CallerRole.AUDIT);
    }

    private static String reason(@Nullable String given) {
        String reason = AdminRequests.require(given, "reason");
        if (reason.isBlank() || reason.length() > MAX_REASON) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "a reason has 1 to 500 characters", "reason", (long) MAX_REASON);
        }
        return reason;
    }

    private static @Nullable Instant instant(@Nullable String text, String field) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, field + " must be a time as RFC 3339 has it", field);
        }
    }
}
