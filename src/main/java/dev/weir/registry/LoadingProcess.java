package dev.weir.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A process, so that another one can tell whether it is dead, and whether the whole machine went down with it.
 *
 * @param incarnation the number of the replica's start
 * @param pid its id on the machine
 * @param started when it began, as far as the machine tells
 * @param boot the machine's start, as far as it has a name
 */
record LoadingProcess(
        long incarnation,
        long pid,
        @Nullable Instant started,
        @Nullable String boot) {

    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    /** The machine reckons when a process began, and may come to slightly different results. */
    private static final Duration SAME_MOMENT = Duration.ofSeconds(5);

    /** Returns this process. */
    static LoadingProcess current(long incarnation) {
        ProcessHandle self = ProcessHandle.current();
        return new LoadingProcess(
                incarnation, self.pid(), self.info().startInstant().orElse(null), bootNow());
    }

    private static @Nullable String bootNow() {
        try {
            return Files.readString(BOOT).strip();
        } catch (IOException e) {
            return null;
        }
    }

    /** Says whether it ran before the machine was started last, or on another one. */
    boolean isOfAnotherBoot() {
        String now = bootNow();
        return boot != null && now != null && !boot.equals(now);
    }

    /** Says whether it still runs beside this one. In containers, every process may have the same id. */
    boolean isAlive() {
        if (isOfAnotherBoot() || pid == ProcessHandle.current().pid() || started == null) {
            return false;
        }
        Instant then = started;
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(other -> other.info().startInstant())
                .filter(other -> Duration.between(then, other).abs().compareTo(SAME_MOMENT) <= 0)
                .isPresent();
    }
}
