package dev.weir.registry;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ModelArtifact;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A registry on another machine, of which enough is kept here to start without it: what it held when it was last read,
 * and the versions that were fetched. What changes the registry needs it to be there, but for {@linkplain
 * PendingRevocations revocations}. Once a look at the
 * whole failed, it is not asked what its versions and histories are until one succeeds: whoever goes through hundreds of
 * versions would wait for each.
 *
 * <p>A version that several threads fetch at once is transferred once. Counts the requests, by operation and result.
 */
final class CachedModelSource implements ModelSource {

    private static final Log LOG = Log.of(CachedModelSource.class);

    /** What those hold in turn who fetch one version; their number is guarded by the map's lock on the version. */
    private static final class Transfer {
        private int callers = 1;

        Transfer joined() {
            callers++;
            return this;
        }

        boolean left() {
            callers--;
            return callers > 0;
        }
    }

    private final RemoteModelSource registry;
    private final ArtifactCache cache;
    private final MeterRegistry meters;
    private final RegistryMemory memory;
    private final PendingRevocations pending;
    private final Map<VersionRef, Transfer> transfers = new ConcurrentHashMap<>();

    /** Why the last look at the registry failed; null when it did not. */
    private volatile @Nullable RegistryUnavailable down;

    CachedModelSource(RemoteModelSource registry, ArtifactCache cache, MeterRegistry meters, InstantSource clock) {
        this.registry = registry;
        this.cache = cache;
        this.meters = meters;
        this.memory = RegistryMemory.open(cache.notes(), registry.identity(), clock);
        this.pending = PendingRevocations.open(cache.notes(), registry.identity());
        Meters.REGISTRY_AGE.gauge(meters, memory, kept -> {
            Listing last = kept.lastKnown();
            return last == null || last.cachedAt() == null
                    ? Double.NaN
                    : Duration.between(last.cachedAt(), clock.instant()).toMillis() / 1_000.0;
        });
        Meters.REGISTRY_CACHE_BYTES.gauge(meters, cache, ArtifactCache::bytes);
    }

    @Override
    public Listing list() {
        try {
            Listing listing = counted("list", registry::list);
            Listing known = memory.lastKnown();
            Listing whole = pending.over(known == null ? listing : listing.fillGaps(known));
            memory.remember(whole);
            pending.settle(listing, registry);
            down = null;
            return whole;
        } catch (RegistryUnavailable e) {
            down = e;
            throw e;
        } catch (RuntimeException e) { // or a start would fail of an answer that nobody has thought of
            RegistryUnavailable senseless = new RegistryUnavailable("what the registry answers makes no sense", e);
            down = senseless;
            throw senseless;
        }
    }

    @Override
    public @Nullable Listing lastKnown() {
        Listing last = memory.lastKnown();
        return last == null ? null : pending.over(last);
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        Transfer transfer = transfers.compute(ref, (same, begun) -> begun == null ? new Transfer() : begun.joined());
        try {
            synchronized (transfer) {
                return transfer(ref);
            }
        } finally {
            transfers.computeIfPresent(ref, (same, last) -> last.left() ? last : null);
        }
    }

    private ModelArtifact transfer(VersionRef ref) {
        if (down != null) { // no need to wait for every version to find that out again
            ModelArtifact cached = fromCache(ref);
            if (cached != null) {
                return cached;
            }
        }
        try {
            return counted("fetch", () -> registry.fetch(ref));
        } catch (RegistryUnavailable e) {
            ModelArtifact cached = fromCache(ref);
            if (cached == null) {
                throw e;
            }
            return cached;
        }
    }

    /** Returns of how many versions a transfer goes on or is waited for. */
    int transfers() {
        return transfers.size();
    }

    @Override
    public Description describe(VersionRef ref) {
        Description described;
        try {
            requireUp();
            described = counted("describe", () -> registry.describe(ref));
        } catch (RegistryUnavailable e) {
            described = cache.describe(registry.identity(), ref, null);
            if (described == null) {
                throw e;
            }
        }
        return described.suffices() ? described : Description.of(fetch(ref));
    }

    private void requireUp() {
        RegistryUnavailable why = down;
        if (why != null) {
            throw new RegistryUnavailable(why.publicMessage(), why.getCause());
        }
    }

    private @Nullable ModelArtifact fromCache(VersionRef ref) {
        ModelArtifact cached = cache.find(registry.identity(), ref);
        if (cached != null) {
            LOG.warn("registry can't be read; a version comes from its cache")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .with(LogKey.DIGEST, cached.digest())
                    .write();
        }
        return cached;
    }

    @Override
    public void retain(Set<VersionRef> versions) {
        cache.retain(versions);
        registry.retain(versions);
    }

    @Override
    public boolean publish(Publication publication) {
        return counted("publish", () -> registry.publish(publication));
    }

    /** Revokes a version, if need be on this machine only: what must not serve can't wait for a registry. */
    @Override
    public void revoke(VersionRef ref, Revocation revocation) {
        RegistryUnavailable failure = null;
        try {
            requireUp();
            counted("revoke", () -> {
                registry.revoke(ref, revocation);
                return ref;
            });
        } catch (RegistryUnavailable e) {
            failure = e;
        }
        Listing last = memory.lastKnown();
        if (failure != null && (last == null || !last.holds(ref))) {
            throw failure;
        }
        try {
            pending.add(ref, revocation, failure == null);
        } catch (IOException e) {
            LOG.error("a revocation can't be kept for a start without the registry")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .cause(e)
                    .write();
        }
        if (failure != null) {
            LOG.warn("the registry can't be told of a revocation, which counts here until it can")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .with(LogKey.REASON, failure.publicMessage())
                    .cause(failure.getCause())
                    .write();
        }
    }

    @Override
    public boolean isUntold(VersionRef ref) {
        return pending.isUntold(ref);
    }

    @Override
    public void delete(VersionRef ref) {
        counted("delete", () -> {
            registry.delete(ref);
            return ref;
        });
    }

    @Override
    public void moveAlias(String model, AliasMove move) {
        counted("alias", () -> {
            registry.moveAlias(model, move);
            return move;
        });
        try {
            aliasHistory(model); // or a start without the registry would not know what the alias stood for before
        } catch (RegistryUnavailable e) {
            // the move is made
        }
    }

    @Override
    public List<AliasMove> aliasHistory(String model) {
        List<AliasMove> history = counted("history", () -> registry.aliasHistory(model));
        memory.remember(model, history);
        return history;
    }

    @Override
    public @Nullable List<AliasMove> lastKnownHistory(String model) {
        return memory.history(model);
    }

    @Override
    public List<AliasMove> knownHistory(String model) {
        List<AliasMove> last = memory.history(model);
        if (last == null) {
            requireUp();
        }
        return down != null && last != null ? last : ModelSource.super.knownHistory(model);
    }

    private <T> T counted(String operation, Supplier<T> request) {
        String result = "failed";
        try {
            T answer = request.get();
            result = "ok";
            return answer;
        } finally {
            Meters.REGISTRY_REQUESTS.counter(meters, operation, result).increment();
        }
    }
}
