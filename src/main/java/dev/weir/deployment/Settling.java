package dev.weir.deployment;

import dev.weir.inference.Ticker;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the directory of deployment files stands still, so that no half of a change is taken for all of it: neither
 * of a file that is being saved, nor of files that are replaced one after another. Reads nothing; one thread at a time.
 */
final class Settling {

    /** How long files must stay as they are. */
    static final Duration QUIET = Duration.ofMillis(200);

    /** How long, when some are gone: many editors and tools remove a file and write it again. */
    static final Duration QUIET_WHEN_GONE = Duration.ofMillis(600);

    /** How long they may change before somebody is told. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LATER = Duration.ofSeconds(1);

    /** What to do next. */
    sealed interface Step {

        /** Nothing: this was decided already. */
        record Rest() implements Step {}

        /** Look again before long. */
        record Wait(Duration atMost) implements Step {}

        /** Decide about what was seen. */
        record Decide() implements Step {}

        /** Tell that nothing can be decided. */
        record Tell() implements Step {}
    }

    private final Ticker ticker;
    private @Nullable DirectoryState decided;
    private @Nullable DirectoryState candidate;
    private long candidateSince;
    private @Nullable Long restlessSince;
    private boolean told;

    /** Begins with nothing decided. */
    Settling(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Takes in what the directory is now. */
    Step next(DirectoryState seen) {
        if (seen.equals(decided)) {
            rest();
            return new Step.Rest();
        }
        long now = ticker.nanos();
        if (restlessSince == null) {
            restlessSince = now;
        }
        if (seen instanceof DirectoryState.Moving || !seen.equals(candidate)) {
            candidate = seen;
            candidateSince = now;
        } else if (now - candidateSince >= quiet(seen).toNanos()) {
            decided = seen;
            rest();
            return new Step.Decide();
        }
        if (!told && now - restlessSince >= PATIENCE.toNanos()) {
            told = true;
            decided = null;
            return new Step.Tell();
        }
        return new Step.Wait(told ? LATER : quiet(seen).minusNanos(now - candidateSince));
    }

    /** Makes the last decision undone, so that it is made again. */
    void again() {
        decided = null;
    }

    private void rest() {
        candidate = null;
        restlessSince = null;
        told = false;
    }

    private Duration quiet(DirectoryState seen) {
        return seen instanceof DirectoryState.Held now && now.files().keySet().containsAll(names(decided))
                ? QUIET
                : QUIET_WHEN_GONE;
    }

    private static Set<String> names(@Nullable DirectoryState state) {
        return state instanceof DirectoryState.Held held ? held.files().keySet() : Set.of();
    }
}
