package dev.weir.registry;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** What is kept of a registry on another machine. */
@ConfigMapping(prefix = "weir.registry.cache")
public interface CacheConfig {

    /** The directory of versions that were fetched, and of what the registry held; one server uses it at a time. */
    Path directory();

    /**
     * Bytes that fetched versions may take. When they would take more, those leave that were not used for longest and
     * are not loaded; when all are loaded, the next version is refused until there is room.
     */
    @WithDefault("10G")
    @Bytes(min = 1)
    MemorySize maxBytes();
}
