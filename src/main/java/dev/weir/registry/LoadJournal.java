package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.VersionRef;
import dev.weir.registry.LoadMark.Standing;
import dev.weir.servable.LoadConfig;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.ModelArtifact;
import dev.weir.store.ReplicaIncarnation;
import dev.weir.store.StoreConfig;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers which versions a process was loading, so that the next one knows when it died of it.
 *
 * <p>Each load leaves a mark on disk until it is over, in whichever way, as long as the process lives; a process that
 * stops as it should removes its marks first. So a mark whose process is gone tells of a death. One mark alone blames its
 * version, which is <em>quarantined</em>: not loaded. Of several marks one may be to blame, or a scheduler that killed the
 * process: those versions are <em>suspects</em>, loaded one by one after all others, which leaves one mark alone if the
 * process dies again. Marks from before the machine itself was started blame nobody.
 *
 * <p>A quarantine ends with other bytes, with {@link #forgive}, or, once it is old, with the next start, which holds the
 * version for a suspect: nothing serves yet then that could be taken down, and servers that were killed for reasons of
 * their own must not refuse their models for ever.
 *
 * <p>Thread-safe.
 */
@Singleton
@Priority(LoadJournal.LAST)
public class LoadJournal implements LoadGuard {

    /** What is refused before is not being loaded. */
    static final int LAST = 100;

    private static final Log LOG = Log.of(LoadJournal.class);
    private static final String DIRECTORY = "loads";

    /** After that time nobody is suspected any more. */
    private static final Duration FORGOTTEN = Duration.ofDays(30);

    private final LoadMarks marks;
    private final LoadingProcess process;
    private final Duration quarantine;
    private final InstantSource clock;
    private final Thread hook = new Thread(this::end, "weir-loads-end");
    private final Map<VersionRef, LoadMark> known = new HashMap<>();
    private boolean ended;

    /** Reads what former processes left in the state directory, and draws the conclusions. */
    @Inject
    public LoadJournal(
            StoreConfig store,
            ReplicaIncarnation incarnation,
            LoadConfig config,
            InstantSource clock,
            MeterRegistry meters) {
        this(
                store.directory().resolve(DIRECTORY),
                LoadingProcess.current(incarnation.number()),
                config.quarantine(),
                clock,
                meters);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    LoadJournal(
            Path directory, LoadingProcess process, Duration quarantine, InstantSource clock, MeterRegistry meters) {
        this.marks = new LoadMarks(directory);
        this.process = process;
        this.quarantine = quarantine;
        this.clock = clock;
        recall(marks.read());
        Meters.MODELS_QUARANTINED.gauge(meters, this, LoadJournal::quarantined);
    }

    private void recall(List<LoadMark> left) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        for (LoadMark mark : left) {
            if (isForgotten(mark, now)) {
                marks.remove(mark.ref());
                continue;
            }
            LoadMark judged = judge(mark, left, now);
            if (!judged.equals(mark)) {
                marks.write(judged);
                LOG.warn(
                                mark.standing() == Standing.LOADING
                                        ? "the server died while a version was loaded"
                                        : "the quarantine of a version is over")
                        .with(LogKey.MODEL, mark.model())
                        .with(LogKey.VERSION, mark.version())
                        .with(LogKey.DIGEST, mark.digest())
                        .with(LogKey.REASON, judged.standing().word())
                        .write();
            }
            known.put(mark.ref(), judged);
        }
    }

    private static boolean isForgotten(LoadMark mark, Instant now) {
        return switch (mark.standing()) {
            case LOADING -> mark.process().isOfAnotherBoot();
            case SUSPECT -> mark.at().plus(FORGOTTEN).isBefore(now);
            case QUARANTINED -> false;
        };
    }

    private LoadMark judge(LoadMark mark, List<LoadMark> left, Instant now) {
        return switch (mark.standing()) {
            case LOADING -> {
                if (mark.process().isAlive()) {
                    yield mark;
                }
                yield mark.as(diedAlone(mark, left) ? Standing.QUARANTINED : Standing.SUSPECT, now);
            }
            case SUSPECT -> mark;
            case QUARANTINED -> mark.at().plus(quarantine).isAfter(now) ? mark : mark.as(Standing.SUSPECT, now);
        };
    }

    /** Those count that were called suspects before, by a process that died while it read the marks. */
    private static boolean diedAlone(LoadMark mark, Collection<LoadMark> left) {
        return left.stream()
                        .filter(other -> other.standing() != Standing.QUARANTINED)
                        .filter(other -> other.process().equals(mark.process()))
                        .count()
                == 1;
    }

    @Override
    public Permit admit(ModelArtifact artifact) {
        VersionRef ref = artifact.manifest().ref();
        LoadMark mark =
                new LoadMark(ref.model(), ref.version(), artifact.digest(), Standing.LOADING, process, clock.instant());
        synchronized (this) {
            LoadMark before = known.get(ref);
            if (before != null
                    && before.standing() == Standing.QUARANTINED
                    && before.digest().equals(mark.digest())) {
                throw new ArtifactRejected(
                        "quarantined: the server died while this version was loaded, as was found at "
                                + before.at()
                                + "; it is tried again with other files, when an operator asks for a retry,"
                                + " or at a start after " + before.at().plus(quarantine));
            }
            known.put(ref, mark);
            if (!ended) {
                marks.write(mark);
            }
        }
        return new Permit() {
            @Override
            public void loaded() {
                over(mark);
            }

            @Override
            public void gone() {
                over(mark);
            }
        };
    }

    /** A load that hangs may be followed by another of the same version, whose mark is not to be touched. */
    private synchronized void over(LoadMark mark) {
        if (known.remove(mark.ref(), mark) && !ended) {
            marks.remove(mark.ref());
        }
    }

    @Override
    public synchronized boolean isSuspect(VersionRef ref) {
        LoadMark mark = known.get(ref);
        return mark != null && mark.standing() == Standing.SUSPECT;
    }

    @Override
    public synchronized void forgive(VersionRef ref) {
        LoadMark mark = known.get(ref);
        if (mark != null && mark.standing() == Standing.QUARANTINED) {
            LoadMark suspect = mark.as(Standing.SUSPECT, clock.instant());
            known.put(ref, suspect);
            marks.write(suspect);
        }
    }

    private synchronized double quarantined() {
        return known.values().stream()
                .filter(mark -> mark.standing() == Standing.QUARANTINED)
                .count();
    }

    /** Removes the marks of loads that go on: from now on, whatever ends the process, they are not to blame. */
    synchronized void end() {
        if (!ended) {
            ended = true;
            known.values().stream()
                    .filter(mark -> mark.standing() == Standing.LOADING)
                    .filter(mark -> mark.process().equals(process))
                    .forEach(mark -> marks.remove(mark.ref()));
        }
    }

    /** Ends, because the server stops. */
    @PreDestroy
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already, and the hook runs
        }
    }
}
