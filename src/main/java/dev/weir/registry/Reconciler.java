package dev.weir.registry;

import dev.weir.inference.VersionRef;
import dev.weir.servable.LoadGate;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is loaded in line with what is wanted. It owns every loaded version: it alone loads them through the gate
 * and gives them up.
 *
 * <p>A version loads once at a time, whoever wants it, and loads hold up nobody. But for those that say so, methods are
 * called under one lock of the caller's, and so is what they hand over for it; none of them waits for a load.
 */
@Singleton
public class Reconciler {

    private static final Log LOG = Log.of(Reconciler.class);

    /** A loaded version, with the mark its files had. */
    private record Loaded(Servable servable, @Nullable String mark, Gauge handles) {}

    /**
     * A load that was begun.
     *
     * @param situation what must change before the version is tried again if it fails for good
     * @param mark the mark its files had
     * @param tried done when what became of it was settled
     */
    private record Load(
            Demand demand,
            @Nullable String situation,
            @Nullable String mark,
            Consumer<Runnable> settle,
            CompletableFuture<Void> tried) {

        Load(Demand demand, @Nullable String situation, @Nullable String mark, Consumer<Runnable> settle) {
            this(demand, situation, mark, settle, new CompletableFuture<>());
        }
    }

    private final ModelSource source;
    private final LoadGate gate;
    private final ServableBoard board;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final VersionLoads loads;
    private final Failures failures;
    private final Duration loadTimeout;
    private final Map<VersionRef, Loaded> loaded = new ConcurrentHashMap<>();

    /** Versions that were given up, each with what is done when its last use is over. */
    private final Map<VersionRef, CompletableFuture<Void>> departures = new ConcurrentHashMap<>();

    /** The versions that were refused because others take the room. */
    private final Set<VersionRef> cramped = ConcurrentHashMap.newKeySet();

    /** The versions that are being tried, each with what is done when it is through. */
    private final Map<VersionRef, CompletableFuture<Void>> trying = new ConcurrentHashMap<>();

    /** The loads of which not all is settled yet, or what follows from them. */
    private final Set<Load> unsettled = ConcurrentHashMap.newKeySet();

    /** Collects what a load needs. */
    @Inject
    public Reconciler(
            ModelSource source,
            LoadGate gate,
            ServableBoard board,
            MeterRegistry meters,
            InstantSource clock,
            RegistryConfig config) {
        this.source = source;
        this.gate = gate;
        this.board = board;
        this.meters = meters;
        this.clock = clock;
        this.loads = new VersionLoads(config, source, gate);
        this.failures = new Failures(clock);
        this.loadTimeout = config.loadTimeout();
    }

    /** Returns every loaded version. */
    public Map<VersionRef, Servable> loaded() {
        return loaded.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().servable()));
    }

    /** Returns the versions that are wanted, and were refused when they were last tried because others take the room. */
    public Set<VersionRef> cramped() {
        return Set.copyOf(cramped);
    }

    /** Returns every version that is being tried, or waits for that. Thread-safe. */
    public Set<VersionRef> loading() {
        return Set.copyOf(trying.keySet());
    }

    /**
     * Begins to load what is wanted and not loaded, except what failed before and has no reason to succeed now, and what
     * loads already. One that fails is noted on the board, and keeps nobody else from loading. Returns at once.
     *
     * @param listing what the registry holds, as far as it is known
     * @param again says which versions to try that failed even so
     * @param settle is handed, version by version and on other threads, what notes that a load is over; it runs that
     *     under the lock under which the other methods are called
     */
    public void load(
            Collection<Demand> demands, Listing listing, Predicate<VersionRef> again, Consumer<Runnable> settle) {
        Set<VersionRef> wanted = demands.stream().map(Demand::ref).collect(Collectors.toSet());
        failures.keep(wanted);
        cramped.retainAll(wanted);
        departures.values().removeIf(CompletableFuture::isDone);
        board.keep(ref -> wanted.contains(ref) || listing.holds(ref) || listing.revocation(ref) != null);
        List<Load> due = new ArrayList<>();
        List<Load> suspects = new ArrayList<>();
        for (Demand demand : demands) {
            VersionRef ref = demand.ref();
            Loaded present = loaded.get(ref);
            if (present != null) {
                warnOfChange(ref, present, listing.mark(ref));
            } else if (again.test(ref) || failures.mayTry(ref, situation(demand, listing))) {
                Load load = new Load(demand, situation(demand, listing), listing.mark(ref), settle);
                if (trying.putIfAbsent(ref, load.tried()) == null) {
                    unsettled.add(load);
                    if (again.test(ref)) {
                        gate.forgive(ref);
                    }
                    (gate.isSuspect(ref) ? suspects : due).add(load);
                }
            }
        }
        // One by one, and last: if one of them kills the process, it is clear which, and nothing else was kept from it.
        CompletableFuture<?>[] others = trying.entrySet().stream()
                .filter(each ->
                        suspects.stream().noneMatch(load -> load.demand().ref().equals(each.getKey())))
                .map(Map.Entry::getValue)
                .toArray(CompletableFuture<?>[]::new);
        due.forEach(load -> beginOnceGone(load, false));
        if (!suspects.isEmpty()) {
            var _ = CompletableFuture.allOf(others).thenRun(() -> suspects.forEach(load -> beginOnceGone(load, true)));
        }
    }

    /**
     * Begins a load when no former self of its version answers any more: two would share one state and one set of gauges. A
     * native call that hangs may keep a former self for ever, so that is not waited for longer than a load may take.
     */
    private void beginOnceGone(Load load, boolean alone) {
        CompletableFuture<Void> former = departures.get(load.demand().ref());
        if (former == null || former.isDone()) {
            begin(load, alone);
            return;
        }
        var _ = former.copy()
                .orTimeout(loadTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, late) -> {
                    if (late == null) {
                        begin(load, alone);
                    } else {
                        Thread.ofPlatform()
                                .name("weir-load-late")
                                .daemon()
                                .start(() -> settle(load, new VersionLoads.Result.Refused(false)));
                    }
                });
    }

    private void settle(Load load, VersionLoads.@Nullable Result result) {
        try {
            load.settle().accept(() -> note(load, result));
        } catch (RuntimeException | Error e) { // or whoever waits would wait for ever
            LOG.error("what was loaded can't be applied").cause(e).write();
        } finally {
            settled(load);
        }
    }

    private void begin(Load load, boolean alone) {
        boolean begun = loads.begin(load.demand(), alone, result -> settle(load, result));
        if (!begun) {
            trying.remove(load.demand().ref());
            settled(load);
        }
    }

    private void settled(Load load) {
        load.tried().complete(null);
        unsettled.remove(load);
    }

    /**
     * Returns what is done once each of these versions that is being tried is through, and was settled. Thread-safe.
     */
    public CompletableFuture<Void> tried(Predicate<VersionRef> which) {
        return CompletableFuture.allOf(unsettled.stream()
                .filter(each -> which.test(each.demand().ref()))
                .map(Load::tried)
                .toArray(CompletableFuture<?>[]::new));
    }

    /**
     * Runs something during which a version does not begin to load. Thread-safe.
     *
     * @return false when it is being loaded; nothing runs then
     */
    public boolean unlessLoading(VersionRef ref, Runnable action) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        if (trying.putIfAbsent(ref, over) != null) {
            return false;
        }
        try {
            action.run();
            return true;
        } finally {
            trying.remove(ref);
            over.complete(null);
        }
    }

    /** Refuses what is loading now and loads nothing more; does not wait. Thread-safe. */
    public void giveUp() {
        loads.giveUp();
    }

    /** Returns what must change before a version may suit that did not. */
    private static @Nullable String situation(Demand demand, Listing listing) {
        String mark = listing.mark(demand.ref());
        return demand.circumstances().isEmpty() ? mark : mark + " " + demand.circumstances();
    }

    private void note(Load load, VersionLoads.@Nullable Result result) {
        VersionRef ref = load.demand().ref();
        cramped.remove(ref);
        switch (result) {
            case VersionLoads.Result.Loaded(Servable servable) -> {
                Gauge handles =
                        Meters.MODEL_HANDLES.gauge(meters, servable, Servable::holds, ref.model(), ref.version());
                loaded.put(ref, new Loaded(servable, load.mark(), handles));
                failures.forget(ref);
            }
            case VersionLoads.Result.Refused(boolean lasting, boolean lacksRoom) -> {
                failures.note(ref, load.situation(), lasting);
                if (lacksRoom) {
                    cramped.add(ref);
                }
            }
            case null -> {} // not tried: the server stops
        }
        trying.remove(ref);
    }

    private void warnOfChange(VersionRef ref, Loaded present, @Nullable String mark) {
        if (mark == null || mark.equals(present.mark())) {
            return;
        }
        loaded.put(ref, new Loaded(present.servable(), mark, present.handles()));
        // One that was loaded before a listing had it, such as by a move of an alias, has no mark yet.
        if (present.mark() != null) {
            LOG.warn("the files of a loaded version changed; what was loaded goes on serving")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .write();
        }
    }

    /** Gives up every version but these; each is closed after its last native call. */
    public void retire(Set<VersionRef> keep) {
        Map<VersionRef, Loaded> leaving = new HashMap<>(loaded);
        leaving.keySet().removeAll(keep);
        leaving.forEach((ref, each) -> {
            loaded.remove(ref);
            meters.remove(each.handles());
            board.set(ref, new ServableState.Draining(clock.instant()));
            departures.put(ref, each.servable().closed());
            each.servable().drain();
            LOG.info("version leaves service")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .write();
        });
        Set<VersionRef> inUse = new HashSet<>(loaded.keySet());
        inUse.addAll(trying.keySet());
        source.retain(inUse);
    }
}
