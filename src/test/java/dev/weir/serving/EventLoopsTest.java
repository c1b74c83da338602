package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventLoopsTest {

    private static final String KEY = "quarkus.vertx.event-loops-pool-size";

    private static int loops(Map<String, String> set) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new EventLoops())
                .withSources(new PropertiesConfigSource(set, "an operator's file", 100))
                .build();
        return config.getValue(KEY, Integer.class);
    }

    @Test
    void shouldBeAsManyAsThereAreCores() {
        assertThat(loops(Map.of())).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void shouldBeAsManyAsAnOperatorSays() {
        assertThat(loops(Map.of(KEY, "7"))).isEqualTo(7);
    }
}
