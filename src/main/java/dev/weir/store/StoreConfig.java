package dev.weir.store;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;

/** Where a replica keeps what it must remember. */
@ConfigMapping(prefix = "weir.state")
public interface StoreConfig {

    /** The directory of the state database; made when it does not exist. */
    Path directory();
}
