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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which versions a process was loading, so that the next one knows when it died of it.
 *
 * <p>Each load leaves a mark of its own on disk until it is over, in whichever way, as long as the process lives; a
 * process that stops as it should removes its marks first. So a mark whose process is gone tells of a death. Marks of one
 * version alone blame it: it is <em>quarantined</em>, not loaded. Of several versions one may be to blame, or a scheduler
 * that killed the process: they are <em>suspects</em>, loaded one by one after all others, which leaves marks of one alone
 * if the process dies again. Marks from before the machine itself was started blame nobody.
 *
 * <p>A quarantine ends when other bytes were loaded under the name, with {@link #forgive}, or, once it is old, with the next start, which holds the
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
    /** What versions are held to be that are not loading. */
    private final Map<VersionRef, LoadMark> verdicts = new HashMap<>();

    /** The loads of this process. */
    private final Set<LoadMark> loads = new HashSet<>();

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
        List<LoadMark> done = new ArrayList<>();
        for (LoadMark mark : left) {
            if (isForgotten(mark, now)) {
                done.add(mark);
                continue;
            }
            LoadMark judged = judge(mark, left, now);
            if (judged == null) {
                continue;
            }
            verdicts.merge(mark.ref(), judged, LoadJournal::graver);
            if (!judged.equals(mark)) {
                done.add(mark);
                tell(mark, judged);
            }
        }
        // Before the marks go that led to them: who dies in between comes to the same verdicts again.
        verdicts.values().stream().filter(verdict -> !left.contains(verdict)).forEach(marks::write);
        Set<String> kept = verdicts.values().stream().map(LoadMark::fileName).collect(Collectors.toSet());
        done.stream().filter(mark -> !kept.contains(mark.fileName())).forEach(marks::remove);
    }

    private static LoadMark graver(LoadMark one, LoadMark other) {
        if (one.standing() != other.standing()) {
            return one.standing() == Standing.QUARANTINED ? one : other;
        }
        return one.at().isAfter(other.at()) ? one : other;
    }

    private static void tell(LoadMark before, LoadMark judged) {
        LOG.warn(
                        before.standing() == Standing.LOADING
                                ? "the server died while a version was loaded"
                                : "the quarantine of a version is over")
                .with(LogKey.MODEL, judged.model())
                .with(LogKey.VERSION, judged.version())
                .with(LogKey.DIGEST, judged.digest())
                .with(LogKey.REASON, judged.standing().word())
                .write();
    }

    private static boolean isForgotten(LoadMark mark, Instant now) {
        return switch (mark.standing()) {
            case LOADING -> mark.process().isOfAnotherBoot();
            case SUSPECT -> mark.at().plus(FORGOTTEN).isBefore(now);
            case QUARANTINED -> false;
        };
    }

    /** Returns what is to be thought of a version, or null when its process still loads it. */
    private @Nullable LoadMark judge(LoadMark mark, List<LoadMark> left, Instant now) {
        return switch (mark.standing()) {
            case LOADING -> {
                if (mark.process().isAlive()) {
                    yield null;
                }
                yield mark.as(diedAlone(mark, left) ? Standing.QUARANTINED : Standing.SUSPECT, now);
            }
            case SUSPECT -> mark;
            case QUARANTINED -> mark.at().plus(quarantine).isAfter(now) ? mark : mark.as(Standing.SUSPECT, now);
        };
    }

    /**
     * Says whether nothing else was loaded when the process died, however often this was. Those count that were called
     * suspects before, by a process that died while it read the marks.
     */
    private static boolean diedAlone(LoadMark mark, Collection<LoadMark> left) {
        return left.stream()
                .filter(other -> other.standing() != Standing.QUARANTINED)
                .filter(other -> other.process().equals(mark.process()))
                .allMatch(mark::isOfTheSame);
    }

    @Override
    public Permit admit(ModelArtifact artifact) {
        VersionRef ref = artifact.manifest().ref();
        LoadMark mark = LoadMark.loading(ref, artifact.digest(), process, clock.instant());
        synchronized (this) {
            LoadMark before = verdicts.get(ref);
            if (before != null
                    && before.standing() == Standing.QUARANTINED
                    && before.digest().equals(mark.digest())) {
                throw new ArtifactRejected(
                        "quarantined: the server died while this version was loaded, as was found at "
                                + before.at()
                                + "; it is tried again with other files, when an operator asks for a retry,"
                                + " or at a start after " + before.at().plus(quarantine));
            }
            loads.add(mark);
            if (!ended) {
                marks.write(mark);
            }
            // Other bytes say nothing of these until they are loaded: the file of a version may be read on its own
            // before.
            if (before != null && before.isOfTheSame(mark)) {
                acquit(before);
            }
        }
        return new Permit() {
            @Override
            public void loaded() {
                over(mark);
                replaced(mark);
            }

            @Override
            public void gone() {
                over(mark);
            }
        };
    }

    /** The bytes that were under this name before are gone, and what was held against them. */
    private synchronized void replaced(LoadMark mark) {
        LoadMark before = verdicts.get(mark.ref());
        if (before != null && !before.isOfTheSame(mark)) {
            acquit(before);
        }
    }

    private void acquit(LoadMark verdict) {
        verdicts.remove(verdict.ref());
        if (!ended) {
            marks.remove(verdict);
        }
    }

    private synchronized void over(LoadMark mark) {
        if (loads.remove(mark) && !ended) {
            marks.remove(mark);
        }
    }

    @Override
    public synchronized boolean isSuspect(VersionRef ref) {
        LoadMark mark = verdicts.get(ref);
        return mark != null && mark.standing() == Standing.SUSPECT;
    }

    @Override
    public synchronized void forgive(VersionRef ref) {
        LoadMark mark = verdicts.get(ref);
        if (mark != null && mark.standing() == Standing.QUARANTINED) {
            LoadMark suspect = mark.as(Standing.SUSPECT, clock.instant());
            verdicts.put(ref, suspect);
            marks.write(suspect);
        }
    }

    private synchronized double quarantined() {
        return verdicts.values().stream()
                .filter(mark -> mark.standing() == Standing.QUARANTINED)
                .count();
    }

    /** Removes the marks of loads that go on: from now on, whatever ends the process, they are not to blame. */
    synchronized void end() {
        if (!ended) {
            ended = true;
            loads.forEach(marks::remove);
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
