package dev.weir.predictionlog.local;

import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.local.Deletions.Deletion;
import dev.weir.predictionlog.local.Segment.Seal;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Deletes segments all of whose entries have outlived their classes' retention. Used by one thread. */
final class Retention {

    private static final Log LOG = Log.of(Retention.class);

    private final LogDirectory directory;
    private final SegmentCatalog catalog;
    private final ReadConnections connections;
    private final Map<String, Duration> classes;
    private final Iterable<SegmentKeeper> keepers;
    private final Keyring.Signer signer;
    private final LogMeters meters;
    private final InstantSource clock;

    /** Numbers of segments that should go and may not, so that each is logged once. */
    private final Set<Long> refused = new HashSet<>();

    Retention(
            LogDirectory directory,
            SegmentCatalog catalog,
            ReadConnections connections,
            Map<String, Duration> classes,
            Iterable<SegmentKeeper> keepers,
            Keyring.Signer signer,
            LogMeters meters,
            InstantSource clock) {
        this.directory = directory;
        this.catalog = catalog;
        this.connections = connections;
        this.classes = classes;
        this.keepers = keepers;
        this.signer = signer;
        this.meters = meters;
        this.clock = clock;
    }

    /** Deletes what may go. The newest segment stays, whatever is in it, because the chain goes on from it. */
    void run() throws IOException, SQLException {
        List<Segment> segments = catalog.segments();
        for (int i = 0; i < segments.size() - 1; i++) {
            Segment segment = segments.get(i);
            Seal seal = segment.seal();
            if (seal != null && isExpired(segment) && mayGo(segment, seal)) {
                delete(segment, seal);
            }
        }
    }

    private boolean isExpired(Segment segment) throws SQLException {
        long now = clock.millis();
        return connections.read(segment.file(), SegmentSealer::newestByClass).entrySet().stream()
                .allMatch(each -> each.getValue() + retention(each.getKey()) <= now);
    }

    /** Returns the milliseconds that a class lives; a class without a time lives as the default one. */
    private long retention(String name) {
        Duration own = classes.get(name);
        Duration or = own == null ? classes.get(LogPolicy.DEFAULT_RETENTION) : own;
        return or == null ? Long.MAX_VALUE / 2 : or.toMillis();
    }

    private boolean mayGo(Segment segment, Seal seal) throws SQLException {
        SegmentKeeper.Expired expired = new SegmentKeeper.Expired(
                segment.header().replica(),
                segment.position(seal.lastSeq()),
                seal.minMillis(),
                seal.maxMillis(),
                connections.read(segment.file(), Retention::deployments));
        for (SegmentKeeper keeper : keepers) {
            try {
                if (!keeper.mayGo(expired)) {
                    return false;
                }
            } catch (RuntimeException e) {
                LOG.error("a keeper of segments failed; the segment stays")
                        .with(LogKey.COUNT, segment.number())
                        .cause(e)
                        .write();
                return false;
            }
        }
        return true;
    }

    private static Set<String> deployments(Connection connection) throws SQLException {
        Set<String> deployments = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT DISTINCT deployment FROM content")) {
            while (rows.next()) {
                if (!rows.getString(1).equals(SegmentSealer.NONE)) {
                    deployments.add(rows.getString(1));
                }
            }
        }
        return deployments;
    }

    private void delete(Segment segment, Seal seal) throws IOException, SQLException {
        SegmentCheck.Result found = SegmentCheck.of(segment, connections, (position, head) -> {});
        if (!found.breaks().isEmpty()) {
            refuse(segment, found.breaks().getFirst());
            return;
        }
        String line = Deletions.add(
                directory.deletions(),
                new Deletion(
                        segment.header().replica(),
                        segment.header().incarnation(),
                        segment.number(),
                        segment.header().firstSeq(),
                        found.lastSeq(),
                        segment.header().previousHead(),
                        found.head(),
                        seal.maxMillis(),
                        clock.millis()),
                signer);
        catalog.forget(segment);
        directory.delete(segment.number());
        meters.deleted();
        LOG.info("a segment of the prediction log outlived its retention and was deleted")
                .with(LogKey.COUNT, segment.number())
                .with(LogKey.DELETION, line)
                .write();
    }

    /** The signature would vouch for what was done to the segment, and nobody could find it out any more. */
    private void refuse(Segment segment, ChainBreak found) {
        if (refused.add(segment.number())) {
            LOG.error("a segment of the prediction log outlived its retention, but is not as it was written; it stays")
                    .with(LogKey.COUNT, segment.number())
                    .with(LogKey.REASON, found.kind().word())
                    .write();
        }
    }

    /** Returns the chain's head with the last block of a segment that counts. */
    static byte[] lastHead(Connection connection, Segment segment) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT head FROM block NOT INDEXED WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1")) {
            select.setLong(1, segment.limit());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getBytes(1) : segment.header().previousHead();
            }
        }
    }
}
