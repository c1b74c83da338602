package dev.weir.deployment;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the registry holds, as far as this process knows: what was read last, and what was written since. Thread-safe; only
 * {@link #read} waits for the registry.
 */
final class RegistryReading {

    private static final Log LOG = Log.of(RegistryReading.class);

    private final ModelSource source;
    private final ServingState state;

    /** Held while the registry is read. */
    private final ReentrantLock reader = new ReentrantLock();

    /** What this process wrote, as long as nothing was read that must have it; guarded by this, as is what follows. */
    private final List<UnaryOperator<Listing>> written = new ArrayList<>();

    /** The reading that begins after the one that goes on, shared by all who wait for it. */
    private @Nullable CompletableFuture<Void> next;

    private volatile Listing listing = Listing.EMPTY;
    private volatile @Nullable String problem;

    RegistryReading(ModelSource source, ServingState state) {
        this.source = source;
        this.state = state;
    }

    /** Returns what the registry holds. */
    Listing listing() {
        return listing;
    }

    /** Returns why the registry could not be read the last time, or null when it could. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Says whether every version that deployments ask for, and every alias, is known. */
    boolean knows(List<DeploymentSpec> deployments) {
        Listing known = listing;
        return deployments.stream().allMatch(spec -> spec.variants().stream()
                .map(variant -> variant.choice().resolve(spec.model(), known))
                .allMatch(ref -> ref != null && known.holds(ref)));
    }

    /** Takes in what was just written to the registry, whether or not it can be read again. */
    synchronized void learn(UnaryOperator<Listing> change) {
        written.add(change);
        listing = change.apply(listing);
    }

    /**
     * Reads the registry. One reads at a time; those who come meanwhile share one reading that begins after that, so that
     * it has whatever they know of. A registry that can't be read leaves what is known.
     */
    void read() {
        CompletableFuture<Void> mine;
        boolean first;
        synchronized (this) {
            first = next == null;
            if (next == null) {
                next = new CompletableFuture<>();
            }
            mine = next;
        }
        if (!first) {
            join(mine);
            return;
        }
        reader.lock();
        try {
            list();
            mine.complete(null);
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            reader.unlock();
        }
    }

    private static void join(CompletableFuture<Void> reading) {
        try {
            reading.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void list() {
        int before;
        synchronized (this) {
            next = null;
            before = written.size();
        }
        try {
            Listing fresh = source.list();
            synchronized (this) {
                written.subList(0, before).clear();
                logProblems(fresh, listing);
                take(fresh.fillGaps(listing));
            }
            if (problem != null) {
                problem = null;
                LOG.info("registry can be read again").write();
            }
        } catch (RegistryUnavailable e) {
            Listing last = source.lastKnown();
            synchronized (this) {
                take(last == null ? listing : last);
            }
            if (problem == null) {
                LOG.error("registry can't be read; what serves goes on serving")
                        .with(LogKey.REASON, e.publicMessage())
                        .with(LogKey.CACHED_AT, listing.cachedAt())
                        .cause(e.getCause())
                        .write();
            }
            problem = e.publicMessage();
        }
        state.noteRegistry(listing.cachedAt());
    }

    /** Takes what was read, and what was written since on top. */
    private void take(Listing read) {
        Listing now = read;
        for (UnaryOperator<Listing> change : written) {
            now = change.apply(now);
        }
        if (!now.equals(listing)) {
            listing = now;
        }
    }

    private static void logProblems(Listing listing, Listing before) {
        listing.problems().forEach((model, why) -> {
            if (!why.equals(before.problems().get(model))) {
                LOG.error("a model's documents can't be read; what serves of it goes on serving")
                        .with(LogKey.MODEL, model)
                        .with(LogKey.REASON, why)
                        .write();
            }
        });
        before.problems().keySet().stream()
                .filter(model -> !listing.problems().containsKey(model))
                .forEach(model -> LOG.info("a model's documents can be read again")
                        .with(LogKey.MODEL, model)
                        .write());
    }
}
