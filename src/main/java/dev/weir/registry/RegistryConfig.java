package dev.weir.registry;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;

/** Where model versions come from. */
@ConfigMapping(prefix = "weir.registry")
public interface RegistryConfig {

    /** The directory of model versions: {@code <model>/<version>/manifest.json} and the files it lists. */
    Path directory();
}
