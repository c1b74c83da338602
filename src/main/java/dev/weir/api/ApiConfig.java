package dev.weir.api;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What one request may carry, by any protocol. */
@ConfigMapping(prefix = "weir.api")
public interface ApiConfig {

    /** The largest body in bytes. */
    @WithDefault("16M")
    @Bytes(min = 1, max = 2_147_483_647)
    MemorySize maxBody();

    /** How long a body may take to arrive. */
    @WithDefault("30s")
    @DurationMin(millis = 1)
    @DurationMax(days = 1)
    Duration bodyTimeout();

    /** The deepest nesting of a JSON document. */
    @WithDefault("32")
    @Min(1)
    @Max(1_000)
    int maxNesting();

    /** The longest string in a JSON document, in characters, and the longest BYTES element, in bytes. */
    @WithDefault("1048576")
    @Min(1)
    int maxString();

    /** The longest number in a JSON document, in characters. */
    @WithDefault("64")
    @Min(1)
    int maxNumber();

    /** The longest field name in a JSON document, in characters. */
    @WithDefault("1024")
    @Min(1)
    int maxFieldName();

    /** The most members of a JSON object, together with those of the objects it stands in. */
    @WithDefault("65536")
    @Min(1)
    int maxMembers();

    /** The most bad rows that are reported apart; a request with more is refused. */
    @WithDefault("1000")
    @Min(1)
    int maxRowErrors();

    /** The most dimensions of a tensor. */
    @WithDefault("8")
    @Min(1)
    int maxRank();

    /** The most elements of a tensor. */
    @WithDefault("16777216")
    @Min(1)
    long maxElements();

    /** The most inputs, requested outputs or parameters of a request. */
    @WithDefault("256")
    @Min(1)
    int maxTensors();

    /** Whether the own API under {@code /api/v1} answers; when not, its paths do not exist. */
    @WithDefault("true")
    boolean adminEnabled();
}
