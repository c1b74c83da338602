package dev.weir.predictionlog.sink.postgresql;

import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.PayloadSeal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A schema of a server, and the sinks and readers of it. */
record PostgresPlace(PostgresServer server, String schema, String user, InstantSource clock) {

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
                server, PostgresServer.schema(), server.user(), InstantSource.fixed(Records.after(1_000)));
    }

    PostgresPlace at(InstantSource time) {
        return new PostgresPlace(server, schema, user, time);
    }

    PostgresPlace as(String other) {
        return new PostgresPlace(server, schema, other, clock);
    }

    PostgresAccess access() {
        return access(Duration.ofSeconds(20));
    }

    PostgresAccess access(Duration timeout) {
        return new PostgresAccess(server.url(), user, "postgres", null, schema, Duration.ofSeconds(5), timeout);
    }

    PostgresSink sink() {
        return sink(PayloadSeal.NONE, null);
    }

    PostgresSink sink(PayloadSeal seal, @Nullable Map<String, Duration> retention) {
        return sink(access(), true, seal, retention);
    }

    PostgresSink sink(
            PostgresAccess access, boolean migrate, PayloadSeal seal, @Nullable Map<String, Duration> retention) {
        return new PostgresSink(
                "pg",
                access,
                migrate,
                2,
                seal,
                retention == null ? null : new PostgresRetention("pg", retention, clock),
                clock);
    }

    PostgresLogReader reader(PayloadSeal seal) {
        return new PostgresLogReader(access(), seal);
    }

    @Nullable
    String select(String sql) throws Exception {
        return server.select(schema, sql);
    }

    void execute(String sql) throws Exception {
        server.execute("SET search_path = \"" + schema + "\"; " + sql);
    }
}
