package dev.weir.telemetry;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Turns tracing on when, and only when, there is somewhere to send traces to: {@code quarkus.otel.exporter.otlp.endpoint}
 * or the standard {@code OTEL_EXPORTER_OTLP_ENDPOINT}. Found as a service by the configuration system.
 */
public final class TracingSwitch implements ConfigSourceFactory {

    private static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";
    private static final String STANDARD_ENDPOINT = "otel.exporter.otlp.endpoint";

    /** Above the built-in defaults, below files, environment and system properties. */
    private static final int ORDINAL = 260;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        String endpoint = value(context, ENDPOINT);
        if (endpoint.isEmpty()) {
            endpoint = value(context, STANDARD_ENDPOINT);
        }
        Map<String, String> settings = endpoint.isEmpty()
                ? Map.of("quarkus.otel.sdk.disabled", "true")
                : Map.of("quarkus.otel.sdk.disabled", "false", ENDPOINT, endpoint);
        return List.of(new PropertiesConfigSource(settings, "weir tracing switch", ORDINAL));
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }

    /** Returns what somebody set; the platform's own default, which has the lowest of all ordinals, does not count. */
    private static String value(ConfigSourceContext context, String key) {
        ConfigValue value = context.getValue(key);
        boolean set = value != null && value.getValue() != null && value.getConfigSourceOrdinal() > Integer.MIN_VALUE;
        return set ? value.getValue() : "";
    }
}
