package dev.weir.api.admin;

import dev.weir.audit.AuditAction;
import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts on record that somebody does something, before it is done, and whether it came to its end. */
@Singleton
class Deeds {

    private final AuditLog audit;

    @Inject
    Deeds(AuditLog audit) {
        this.audit = audit;
    }

    /**
     * Does it.
     *
     * @param target to what
     * @param deployment the deployment it is about, or null
     * @param reason why, or null
     * @throws dev.weir.failure.StoreUnavailable when it can't be put on record; then it is not done
     */
    <T> T run(
            ContainerRequestContext request,
            AuditAction action,
            String target,
            @Nullable String deployment,
            @Nullable String reason,
            Supplier<T> deed) {
        long number = audit.begin(new AuditEvent.Deed(
                AdminRequests.actor(request),
                action,
                target,
                deployment,
                String.valueOf(request.getProperty(AdminGate.REQUEST_ID)),
                reason));
        boolean done = false;
        try {
            T result = deed.get();
            done = true;
            return result;
        } finally {
            audit.end(number, done ? 1 : 0, done);
        }
    }
}
