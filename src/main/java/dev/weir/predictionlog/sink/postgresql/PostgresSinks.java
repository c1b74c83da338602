package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.predictionlog.sink.SinkProvider;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/** Makes sinks of type {@code postgresql}, and what reads their tables. */
@Singleton
public class PostgresSinks implements SinkProvider {

    private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final Pattern URL = Pattern.compile("jdbc:postgresql:.+");
    private static final Pattern CREDENTIALS = Pattern.compile("(?i)[?&](user|password|sslpassword)=|//[^/?]*@");

    private final PredictionLogConfig log;
    private final Instance<PayloadSeal> seal;
    private final InstantSource clock;

    @Inject
    PostgresSinks(PredictionLogConfig log, Instance<PayloadSeal> seal, InstantSource clock) {
        this.log = log;
        this.seal = seal;
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
                seal(),
                postgresql.retention() ? new PostgresRetention(name, log.retention(), clock) : null,
                clock);
    }

    /** Makes what reads the tables of a sink; asks nobody yet. The caller closes it. */
    public PostgresLogReader reader(String name, SinkConfig.Sink config, List<String> mistakes) {
        return new PostgresLogReader(access(name, config.postgresql(), mistakes), seal());
    }

    private PayloadSeal seal() {
        return seal.isResolvable() ? seal.get() : PayloadSeal.NONE;
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
