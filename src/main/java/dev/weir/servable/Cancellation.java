package dev.weir.servable;

import org.jspecify.annotations.Nullable;

/**
 * Tells a native call that nobody waits for it any more.
 *
 * <p>The lock makes sure that the stop action never runs after {@link #detach} returned, when what it touches may be
 * freed already.
 */
public final class Cancellation {

    private boolean cancelled;
    private @Nullable Runnable stop;

    /** Names the action that stops the call; it runs at once if the cancellation came first. */
    public synchronized void attach(Runnable action) {
        if (cancelled) {
            action.run();
        } else {
            stop = action;
        }
    }

    /** Forgets the action. */
    public synchronized void detach() {
        stop = null;
    }

    /** Runs the action once, now or when it is attached. */
    public synchronized void cancel() {
        if (!cancelled) {
            cancelled = true;
            if (stop != null) {
                stop.run();
                stop = null;
            }
        }
    }

    /** Says whether the call was cancelled. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }
}
