package dev.weir.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Who may call. */
@ConfigMapping(prefix = "weir.access")
public interface AccessConfig {

    /** How callers are identified. {@code open} identifies nobody and lets everybody do everything. */
    @WithDefault("open")
    Mode mode();

    /** Allows the open mode on addresses other than loopback: anyone who reaches the server may then use it. */
    @WithDefault("false")
    boolean openBeyondLoopback();

    /** Ways to identify callers. */
    enum Mode {
        /** Nobody is identified; everybody may do everything. */
        OPEN
    }
}
