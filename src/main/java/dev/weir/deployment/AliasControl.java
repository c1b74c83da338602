package dev.weir.deployment;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Listing;
import dev.weir.registry.ModelSource;
import dev.weir.registry.Revocation;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves aliases and makes what serves follow at once, even if the registry can't be read any more once it was written.
 * Methods block until the version was tried if it must be loaded, unless too many wait for loads already; thread-safe.
 */
@Singleton
public class AliasControl {

    private static final Log LOG = Log.of(AliasControl.class);

    private final ModelSource source;
    private final SnapshotLoader loader;
    private final InstantSource clock;

    @Inject
    AliasControl(ModelSource source, SnapshotLoader loader, InstantSource clock) {
        this.source = source;
        this.loader = loader;
        this.clock = clock;
    }

    /**
     * Points an alias to a version. Does nothing if it points there already, so that it may be asked for twice.
     *
     * @param alias the alias, with or without its {@code @}
     * @param actor who moves it
     * @param reason why, in up to 500 characters
     * @throws RequestRejected when a name is none, there is no such version, it is revoked, or somebody else moved the
     *     alias meanwhile
     * @throws RegistryUnavailable when the registry can't be read or written
     */
    public void set(String model, String alias, String version, String actor, String reason) {
        VersionRef target = new VersionRef(model, version);
        String name = name(alias);
        Reasons.require(reason);
        loader.writeAlone(model, () -> {
            Listing listing = source.list();
            requireNotRevoked(listing, target);
            VersionRef now = listing.resolve(model, name);
            move(target, name, now == null ? null : now.version(), actor, reason);
        });
        loader.look(target);
    }

    private void move(VersionRef target, String name, @Nullable String from, String actor, String reason) {
        if (!target.version().equals(from)) {
            AliasMove move = new AliasMove(
                    name, from, target.version(), actor, clock.instant().truncatedTo(ChronoUnit.MILLIS), reason);
            source.moveAlias(target.model(), move);
            LOG.info("alias moved")
                    .with(LogKey.MODEL, target.model())
                    .with(LogKey.VERSION, target.version())
                    .with(LogKey.ALIAS, name)
                    .with(LogKey.ACTOR, actor)
                    .with(LogKey.REASON, reason)
                    .write();
            loader.learn(listing -> listing.withAlias(target, name));
        }
    }

    /**
     * Points an alias back to where it pointed before its last move.
     *
     * @throws RequestRejected when it was never moved, or any of {@link #set}'s reasons
     * @throws RegistryUnavailable when the registry can't be read or written
     */
    public void revert(String model, String alias, String actor, String reason) {
        List<AliasMove> history = history(model, alias);
        Reasons.require(reason);
        String before = history.isEmpty() ? null : history.getFirst().from();
        if (before == null) {
            throw new RequestRejected(
                    FailureCode.CONFLICT, "the alias stood for nothing before its last move", "alias");
        }
        VersionRef target = new VersionRef(model, before);
        loader.writeAlone(model, () -> {
            requireNotRevoked(source.list(), target);
            // From where the move led, so that nobody else's move in between is undone by mistake.
            move(target, name(alias), history.getFirst().to(), actor, reason);
        });
        loader.look(target);
    }

    /**
     * Returns an alias' history, the newest first.
     *
     * @throws RequestRejected when a name is none
     * @throws RegistryUnavailable when the registry can't be read
     */
    public List<AliasMove> history(String model, String alias) {
        String name = name(alias);
        return source.aliasHistory(Names.requireName(model, "model")).stream()
                .filter(move -> move.alias().equals(name))
                .toList();
    }

    /**
     * Checks what can be checked of a move before its version is there.
     *
     * @param alias the alias, with or without its {@code @}
     * @throws RequestRejected when the alias or the reason is none
     */
    public static void requireMove(String alias, String reason) {
        name(alias);
        Reasons.require(reason);
    }

    private static String name(String alias) {
        return Names.requireName(alias.startsWith("@") ? alias.substring(1) : alias, "alias");
    }

    private static void requireNotRevoked(Listing listing, VersionRef target) {
        String unread = listing.problems().get(target.model());
        if (unread != null) {
            throw new RegistryUnavailable("whether version " + target + " is revoked is not known: " + unread, null);
        }
        Revocation revocation = listing.revocation(target);
        if (revocation != null) {
            throw new RequestRejected(
                    FailureCode.CONFLICT,
                    "version " + target + " is revoked, and may not serve: " + revocation.reason(),
                    "version");
        }
    }
}
