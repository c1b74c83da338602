package dev.weir.predictionlog.sink;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;

/** Sinks as configuration has them, with every default. */
public final class ConfiguredSink {

    private ConfiguredSink() {}

    /** Returns what these keys below {@code weir.predictions.sinks.} say. */
    public static SinkConfig config(Map<String, String> settings) {
        Map<String, String> keys = new HashMap<>();
        settings.forEach((key, value) -> keys.put("weir.predictions.sinks." + key, value));
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(keys, "set", 200))
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withMapping(SinkConfig.class)
                .build()
                .getConfigMapping(SinkConfig.class);
    }

    /** Returns sink {@code s} of a type, with these keys of its own. */
    public static SinkConfig.Sink of(String type, Map<String, String> settings) {
        Map<String, String> keys = new HashMap<>(Map.of("s.type", type));
        settings.forEach((key, value) -> keys.put("s." + type + "." + key, value));
        return config(keys).sinks().get("s");
    }
}
