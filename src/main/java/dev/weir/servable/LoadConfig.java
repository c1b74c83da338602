package dev.weir.servable;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What a version may take that is to be loaded. */
@ConfigMapping(prefix = "weir.load")
public interface LoadConfig {

    /** Files that a version's manifest may list. */
    @WithDefault("1000")
    @Min(1)
    @Max(100_000)
    int maxFiles();

    /** How large one file of a version may be. */
    @WithDefault("16G")
    @Bytes(min = 1)
    MemorySize maxFileBytes();

    /** How large all files of a version may be together. */
    @WithDefault("16G")
    @Bytes(min = 1)
    MemorySize maxBytes();

    /**
     * How large the files of all loaded versions may be together, those included that stay loaded for a return; 0 for no
     * such bound. A version beyond it is refused and tried again later.
     */
    @WithDefault("0")
    @Bytes(min = 0)
    MemorySize maxLoadedBytes();

    /**
     * Memory that must be left free by a load, as far as the operating system tells (Linux): for requests, and for the
     * heap as far as it is not in use yet. A version that would need some of it is refused and tried again later.
     */
    @WithDefault("128M")
    @Bytes(min = 0)
    MemorySize memoryHeadroom();

    /** The memory that a version is expected to need while it loads, as a multiple of the size of its files. */
    @WithDefault("3")
    @Min(0)
    @Max(100)
    int memoryFactor();

    /**
     * How long a version is not loaded at starts that was alone in being loaded when the server died. After that, the
     * next start tries it once more, alone and before anything serves.
     */
    @WithDefault("1d")
    @DurationMin(minutes = 1)
    @DurationMax(days = 3650)
    Duration quarantine();
}
