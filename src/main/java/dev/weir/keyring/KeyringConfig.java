package dev.weir.keyring;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Where the server's keys are. */
@ConfigMapping(prefix = "weir.keyring")
public interface KeyringConfig {

    /**
     * The directory of keys: {@code hmac-k1.key}, {@code master-k1.key}, {@code signing-k1.key} with {@code signing-k1.pub}, and
     * so on with higher versions. The highest version of a kind is used for what is new, the others for what is old.
     */
    Path directory();

    /**
     * Whether a start makes the kinds of key of which there is none, in files that only their owner can read. Switch it off
     * where keys are mounted: a server that does not find them then refuses to start, instead of going on with others.
     */
    @WithDefault("true")
    boolean create();

    /** How often the directory is looked at for new versions. */
    @WithDefault("30s")
    @DurationMin(millis = 100)
    @DurationMax(days = 1)
    Duration poll();
}
