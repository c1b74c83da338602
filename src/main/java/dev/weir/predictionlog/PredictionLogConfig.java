package dev.weir.predictionlog;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The record of predictions. */
@ConfigMapping(prefix = "weir.predictions")
public interface PredictionLogConfig {

    /** Whether predictions are recorded. */
    @WithDefault("true")
    boolean enabled();

    /** The directory of the log; made when it does not exist. One server writes to it. */
    Path directory();

    /**
     * Whether the directory is lost with the process or its machine, such as a container's own disk. A server whose
     * deployments ask for {@code durability: sync} then refuses to start.
     */
    @WithDefault("false")
    boolean ephemeral();

    /**
     * Where the record is read: {@code local}, which is this server's own log, or the name of a sink of type
     * {@code postgresql}, which has that of all servers that forward to it.
     */
    @WithDefault("local")
    String readFrom();

    /** Bytes of records that may wait in memory to be written. */
    @WithDefault("32M")
    @Bytes(min = 1 << 20)
    MemorySize buffer();

    /** Bytes after which a new segment begins. */
    @WithDefault("64M")
    @Bytes(min = 1 << 16)
    MemorySize segmentBytes();

    /** Time after which a new segment begins. */
    @WithDefault("1h")
    @DurationMin(millis = 100)
    @DurationMax(days = 7)
    Duration segmentAge();

    /** Bytes that the whole log may take of the disk. Beyond, {@code overflow} of each deployment says what happens. */
    @WithDefault("10G")
    @Bytes(min = 1 << 20)
    MemorySize disk();

    /** Bytes that are left free on the disk, whatever else the log may take. */
    @WithDefault("256M")
    @Bytes(min = 0)
    MemorySize diskReserve();

    /**
     * How long records live, by class; {@code default} is the one of deployments that name none. A segment is deleted once
     * all that is in it may be.
     */
    Map<String, Duration> retention();
}
