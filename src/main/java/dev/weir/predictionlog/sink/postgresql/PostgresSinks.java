package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.RetentionHold;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.predictionlog.sink.SinkProvider;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes sinks of type {@code postgresql}, and what reads their tables. */
@Singleton
public class PostgresSinks implements SinkProvider {

    private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final Pattern URL = Pattern.compile("jdbc:postgresql:.+");
    private static final Pattern CREDENTIALS = Pattern.compile("(?i)[?&](user|password|sslpassword)=|//[^/?]*@");

    private final PredictionLogConfig log;
    private final SinkPayloads payloads;
    private final RetentionHold hold;
    private final InstantSource clock;

    @Inject
    PostgresSinks(PredictionLogConfig log, SinkPayloads payloads, RetentionHold hold, InstantSource clock) {
        this.log = log;
        this.payloads = payloads;
        this.hold = hold;
        this.clock = clock;
    }

    @Override
    public String type() {
        return "postgresql";
    }

    @Override
    public LogSink make(String name, SinkConfig.Sink config, List<String> mistakes) {
        SinkConfig.Postgresql postgresql = config.postgresql();
        return new PostgresSink(
                name,
                access(name, postgresql, mistakes),
                postgresql.migrate(),
                postgresql.daysAhead(),
                payloads,
                postgresql.retention() ? new PostgresRetention(name, log.retention(), hold, clock) : null,
                clock);
    }

    /** Makes what reads the tables of a sink; asks nobody yet. The caller closes it. */
    public PostgresLogReader reader(String name, SinkConfig.Sink config, List<String> mistakes) {
        return new PostgresLogReader(access(name, config.postgresql(), mistakes), payloads);
    }

    @Override
    public SubjectEraser.Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys) {
        PostgresAccess access = access(name, config.postgresql(), new ArrayList<>());
        try (Connection connection = access.connect()) {
            waitForBatches(connection);
            int rows = delete(connection, subjectKeys);
            connection.commit();
            return new SubjectEraser.Evidence(
                    name,
                    rows > 0 ? SubjectEraser.Result.DELETED : SubjectEraser.Result.NOTHING_KEPT,
                    rows,
                    "backups of the database are out of reach");
        } catch (SQLException e) {
            return failed(name, "sqlstate " + SqlStates.state(e));
        } catch (IOException e) {
            return failed(name, "it can't be reached");
        }
    }

    /**
     * Waits for batches on their way, which may have payloads from before the erasure, and keeps others from beginning: a sink
     * locks its row before it asks {@link SinkPayloads} what it may write, so those that begin later know of the erasure.
     */
    private static void waitForBatches(Connection connection) throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT replica FROM forwarded ORDER BY replica FOR UPDATE")) {
            lock.execute();
        }
    }

    private static int delete(Connection connection, Set<String> subjectKeys) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE entry SET payload = NULL, erased = true"
                + " WHERE subject_key = ANY (?) AND payload IS NOT NULL")) {
            update.setArray(1, connection.createArrayOf("text", subjectKeys.toArray(String[]::new)));
            return update.executeUpdate();
        }
    }

    @Override
    public boolean keep(String name, SinkConfig.Sink config, SignedCheckpoint checkpoint) throws IOException {
        keep(access(name, config.postgresql(), new ArrayList<>()), checkpoint);
        return true;
    }

    static void keep(PostgresAccess access, SignedCheckpoint checkpoint) throws IOException {
        try (Connection connection = access.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO log_checkpoint (replica, incarnation,"
                                + " segment, seq, head, at, line) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            insert.setString(1, checkpoint.replica());
            insert.setLong(2, checkpoint.position().incarnation());
            insert.setLong(3, checkpoint.position().segment());
            insert.setLong(4, checkpoint.position().seq());
            insert.setString(5, checkpoint.head());
            insert.setObject(6, checkpoint.at().atOffset(ZoneOffset.UTC));
            insert.setString(7, checkpoint.toLine());
            insert.executeUpdate();
            connection.commit();
        } catch (SQLException e) {
            throw SqlStates.trouble(e);
        }
    }

    private static SubjectEraser.Evidence failed(String name, String why) {
        return new SubjectEraser.Evidence(name, SubjectEraser.Result.FAILED, 0, why);
    }

    private static PostgresAccess access(String name, SinkConfig.Postgresql config, List<String> mistakes) {
        String key = "weir.predictions.sinks." + name + ".postgresql.";
        String url = config.url().orElse("");
        if (!URL.matcher(url).matches()) {
            mistakes.add(key + "url: must be an address that begins with jdbc:postgresql:");
        } else if (CREDENTIALS.matcher(url).find()) {
            mistakes.add(key + "url: must not hold credentials");
        }
        if (!SCHEMA.matcher(config.schema()).matches()) {
            mistakes.add(key + "schema: must be a name of a-z 0-9 _");
        }
        if (config.password().isPresent() && config.passwordFile().isPresent()) {
            mistakes.add(key + "password-file: must not be set beside a password");
        }
        return new PostgresAccess(
                url,
                config.user().orElse(null),
                config.password().orElse(null),
                config.passwordFile().orElse(null),
                config.schema(),
                config.connectTimeout(),
                config.statementTimeout());
    }
}
