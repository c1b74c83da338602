package dev.weir.serving;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Gives the network as many event loops as there are cores, unless somebody says otherwise. They share the cores with as
 * many compute threads; the platform's default of two a core has them preempt one another in the middle of a request.
 * Found as a service by the configuration system.
 */
public final class EventLoops implements ConfigSourceFactory {

    /** Above the platform's defaults, below everything that somebody sets. */
    private static final int ORDINAL = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        String cores = Integer.toString(Runtime.getRuntime().availableProcessors());
        return List.of(new PropertiesConfigSource(
                Map.of("quarkus.vertx.event-loops-pool-size", cores), "weir event loops", ORDINAL));
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }
}
