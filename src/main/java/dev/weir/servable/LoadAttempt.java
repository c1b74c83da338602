package dev.weir.servable;

import dev.weir.inference.VersionRef;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One try to load a version, which ends once: it serves, or it was rejected by whoever was first to find a reason.
 * Thread-safe.
 */
public final class LoadAttempt {

    private final VersionRef ref;
    private final Cancellation cancellation = new Cancellation();
    private final AtomicBoolean over = new AtomicBoolean();

    private final long begun;
    private volatile @Nullable String digest;

    /**
     * Begins.
     *
     * @param begun when, in nanoseconds of the gate's ticker
     */
    LoadAttempt(VersionRef ref, long begun) {
        this.ref = ref;
        this.begun = begun;
    }

    /** Returns the version. */
    public VersionRef ref() {
        return ref;
    }

    /** Returns what stops the native call that a load may be in. */
    Cancellation cancellation() {
        return cancellation;
    }

    /** Returns when it began, in nanoseconds of the gate's ticker. */
    long begun() {
        return begun;
    }

    /** Returns the digest of the version's files, or null before they were fetched. */
    @Nullable
    String digest() {
        return digest;
    }

    /** Notes what is loaded. */
    void loads(String digest) {
        this.digest = digest;
    }

    /** Claims the end; false when another did. */
    boolean end() {
        return over.compareAndSet(false, true);
    }
}
