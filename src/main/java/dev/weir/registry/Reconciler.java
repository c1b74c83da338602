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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is loaded in line with what is wanted. It owns every loaded version: it alone loads them through the gate
 * and gives them up.
 *
 * <p>Its methods are called by one thread at a time, and block as long as the loads take; only {@link #giveUp} may be
 * called meanwhile.
 */
@Singleton
public class Reconciler {

    private static final Log LOG = Log.of(Reconciler.class);

    /** A loaded version, with the mark its files had. */
    private record Loaded(Servable servable, @Nullable String mark, Gauge handles) {}

    private final ModelSource source;
    private final LoadGate gate;
    private final ServableBoard board;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final RegistryConfig config;
    private final Failures failures;
    private final VersionLoads.Left left = new VersionLoads.Left();
    private final Map<VersionRef, Loaded> loaded = new ConcurrentHashMap<>();
    private volatile boolean givenUp;
    private volatile @Nullable VersionLoads running;

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
        this.config = config;
        this.failures = new Failures(clock);
    }

    /** Returns every loaded version. */
    public Map<VersionRef, Servable> loaded() {
        return loaded.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().servable()));
    }

    /**
     * Loads what is wanted and not loaded, except what failed before and has no reason to succeed now. One that fails is
     * noted on the board, and keeps nobody else from loading.
     *
     * @param listing what the registry holds, as far as it is known
     * @param again says which versions to try that failed even so
     */
    public void load(Collection<Demand> demands, Listing listing, Predicate<VersionRef> again) {
        Set<VersionRef> wanted = demands.stream().map(Demand::ref).collect(Collectors.toSet());
        failures.keep(wanted);
        board.keep(ref -> wanted.contains(ref) || listing.holds(ref) || listing.revocation(ref) != null);
        List<Demand> due = new ArrayList<>();
        for (Demand demand : demands) {
            VersionRef ref = demand.ref();
            Loaded present = loaded.get(ref);
            if (present != null) {
                warnOfChange(ref, present, listing.mark(ref));
            } else if (!isDraining(ref) && (again.test(ref) || failures.mayTry(ref, situation(demand, listing)))) {
                due.add(demand);
            }
        }
        due.stream().map(Demand::ref).filter(again).forEach(gate::forgive);
        List<Demand> suspects =
                due.stream().filter(demand -> gate.isSuspect(demand.ref())).toList();
        due.removeAll(suspects);
        load(due, listing);
        // One by one, and last: if one of them kills the process, it is clear which, and nothing else was kept from it.
        suspects.forEach(demand -> load(List.of(demand), listing));
    }

    private void load(List<Demand> together, Listing listing) {
        if (together.isEmpty()) {
            return;
        }
        VersionLoads loads = new VersionLoads(config, source, gate, left);
        running = loads;
        if (givenUp) {
            return;
        }
        Map<VersionRef, VersionLoads.Result> results = loads.load(together);
        for (Demand demand : together) {
            VersionLoads.Result result = results.get(demand.ref());
            if (result != null) {
                note(demand, listing, result);
            }
        }
        running = null;
    }

    /** Says whether a former self of the version still answers; two would share one state and one set of gauges. */
    private boolean isDraining(VersionRef ref) {
        return board.get(ref) instanceof ServableState.Draining;
    }

    /** Refuses what is loading now and loads nothing more; does not wait. Thread-safe. */
    public void giveUp() {
        givenUp = true;
        VersionLoads loads = running;
        if (loads != null) {
            loads.giveUp();
        }
    }

    /** Returns what must change before a version may suit that did not. */
    private static @Nullable String situation(Demand demand, Listing listing) {
        String mark = listing.mark(demand.ref());
        return demand.circumstances().isEmpty() ? mark : mark + " " + demand.circumstances();
    }

    private void note(Demand demand, Listing listing, VersionLoads.Result result) {
        VersionRef ref = demand.ref();
        switch (result) {
            case VersionLoads.Result.Loaded(Servable servable) -> {
                Gauge handles =
                        Meters.MODEL_HANDLES.gauge(meters, servable, Servable::holds, ref.model(), ref.version());
                loaded.put(ref, new Loaded(servable, listing.mark(ref), handles));
                failures.forget(ref);
            }
            case VersionLoads.Result.Refused(boolean lasting) ->
                failures.note(ref, situation(demand, listing), lasting);
        }
    }

    private void warnOfChange(VersionRef ref, Loaded present, @Nullable String mark) {
        if (mark != null && !mark.equals(present.mark())) {
            loaded.put(ref, new Loaded(present.servable(), mark, present.handles()));
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
            each.servable().drain();
            LOG.info("version leaves service")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .write();
        });
        source.retain(Set.copyOf(loaded.keySet()));
    }
}
