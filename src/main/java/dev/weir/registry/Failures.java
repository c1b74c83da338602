package dev.weir.registry;

import dev.weir.inference.VersionRef;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which versions failed, and when it makes sense to try them again: one that failed because of what it is waits for
 * other files, one that failed because of the world around it is tried again after a pause that doubles.
 *
 * <p>Thread-safe.
 */
final class Failures {

    static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    /** A failure; {@code notBefore} is null when only other files help. */
    private record Failure(
            @Nullable String mark, int attempts, @Nullable Instant notBefore) {}

    private final Map<VersionRef, Failure> failures = new ConcurrentHashMap<>();
    private final InstantSource clock;

    Failures(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Notes a failure.
     *
     * @param mark the mark of its files, or null when they are not known
     * @param lasting whether only other files help
     */
    void note(VersionRef ref, @Nullable String mark, boolean lasting) {
        Failure before = failures.get(ref);
        int attempts = before == null || !Objects.equals(before.mark(), mark) ? 1 : before.attempts() + 1;
        failures.put(
                ref,
                new Failure(mark, attempts, lasting ? null : clock.instant().plus(pause(attempts))));
    }

    private static Duration pause(int attempts) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempts - 1, 16));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    /** Says whether a version may be tried now. */
    boolean mayTry(VersionRef ref, @Nullable String mark) {
        Failure failure = failures.get(ref);
        return failure == null
                || !Objects.equals(failure.mark(), mark)
                || (failure.notBefore() != null && !clock.instant().isBefore(failure.notBefore()));
    }

    /** Forgets a version's failures, because it was loaded or somebody asked for another try. */
    void forget(VersionRef ref) {
        failures.remove(ref);
    }

    /** Forgets the failures of every version that nobody wants any more. */
    void keep(Set<VersionRef> wanted) {
        failures.keySet().retainAll(wanted);
    }
}
