package dev.weir.servable;

import dev.weir.inference.VersionRef;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One try to load a version, which ends once: it serves, or it was rejected by whoever was first to find a reason.
 * Thread-safe.
 */
public final class LoadAttempt {

    private final VersionRef ref;
    private final Cancellation cancellation = new Cancellation();
    private final AtomicBoolean over = new AtomicBoolean();

    LoadAttempt(VersionRef ref) {
        this.ref = ref;
    }

    /** Returns the version. */
    public VersionRef ref() {
        return ref;
    }

    /** Returns what stops the native call that a load may be in. */
    Cancellation cancellation() {
        return cancellation;
    }

    /** Claims the end; false when another did. */
    boolean end() {
        return over.compareAndSet(false, true);
    }
}
