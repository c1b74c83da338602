package dev.weir.predictionlog.sink.postgresql;

import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.SubjectPayloads;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A schema of a server, and the sinks and readers of it. */
record PostgresPlace(PostgresServer server, String schema, String user, InstantSource clock, RetentionHold hold) {

    /** What leaves payloads as they are. */
    static final SinkPayloads CLEAR = new SinkPayloads(SubjectPayloads.CLEAR, Unsealed.SEAL);

    static PostgresPlace fresh() {
        return of(PostgresServer.shared());
    }

    private static final class Shared {
        static final PostgresPlace PLACE = fresh();
    }

    /** Returns a place that is empty but for its tables, of which there is one only: to make tables takes long. */
    static PostgresPlace emptied() {
        PostgresPlace place = Shared.PLACE;
        try {
            place.sink().open("nobody");
            place.execute("TRUNCATE entry, record_context, forwarded");
            return place;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static PostgresPlace of(PostgresServer server) {
        return new PostgresPlace(
                server,
                PostgresServer.schema(),
                server.user(),
                InstantSource.fixed(Records.after(1_000)),
                RetentionHold.NONE);
    }

    PostgresPlace at(InstantSource time) {
        return new PostgresPlace(server, schema, user, time, hold);
    }

    PostgresPlace holding(RetentionHold other) {
        return new PostgresPlace(server, schema, user, clock, other);
    }

    PostgresPlace as(String other) {
        return new PostgresPlace(server, schema, other, clock, hold);
    }

    PostgresAccess access() {
        return access(Duration.ofSeconds(20));
    }

    PostgresAccess access(Duration timeout) {
        return new PostgresAccess(server.url(), user, "postgres", null, schema, Duration.ofSeconds(5), timeout);
    }

    PostgresSink sink() {
        return sink(CLEAR, null);
    }

    PostgresSink sink(SinkPayloads payloads, @Nullable Map<String, Duration> retention) {
        return sink(access(), true, payloads, retention);
    }

    PostgresSink sink(
            PostgresAccess access, boolean migrate, SinkPayloads payloads, @Nullable Map<String, Duration> retention) {
        return new PostgresSink(
                "pg",
                access,
                migrate,
                2,
                payloads,
                retention == null ? null : new PostgresRetention("pg", retention, hold, clock),
                clock);
    }

    PostgresLogReader reader(SinkPayloads payloads) {
        return new PostgresLogReader(access(), payloads);
    }

    @Nullable
    String select(String sql) throws Exception {
        return server.select(schema, sql);
    }

    void execute(String sql) throws Exception {
        server.execute("SET search_path = \"" + schema + "\"; " + sql);
    }
}
