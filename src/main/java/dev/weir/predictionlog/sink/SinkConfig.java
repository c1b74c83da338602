package dev.weir.predictionlog.sink;

import dev.weir.inference.Bytes;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Where the prediction log is forwarded to; none by default. Each sink has a name of its own. */
@ConfigMapping(prefix = "weir.predictions.sinks")
public interface SinkConfig {

    /** The sinks, by name. */
    @WithParentName
    Map<String, Sink> sinks();

    /** One sink. */
    interface Sink {

        /** The kind of sink: {@code json}, {@code postgresql} or {@code parquet}. */
        String type();

        /** The most entries that are written at once. */
        @WithDefault("2000")
        @Min(1)
        @Max(100_000)
        int batch();

        /** About how many bytes of entries are written at once. One entry may have more. */
        @WithDefault("4M")
        @Bytes(min = 1 << 10, max = 256 << 20)
        MemorySize batchBytes();

        /** How often the log is looked at for new entries while there were fewer than a batch. */
        @WithDefault("250ms")
        @DurationMin(millis = 1)
        @DurationMax(minutes = 5)
        Duration poll();

        /** The first pause after a failure; it doubles from failure to failure. */
        @WithDefault("200ms")
        @DurationMin(millis = 1)
        @DurationMax(minutes = 5)
        Duration firstPause();

        /** The longest pause after failures. */
        @WithDefault("30s")
        @DurationMin(millis = 1)
        @DurationMax(hours = 1)
        Duration longestPause();

        /**
         * How old entries get at most that the log keeps for a sink that does not have them, although their retention has
         * passed. After that they may be deleted, and the sink gets a gap in their place.
         */
        @WithDefault("7d")
        @DurationMin(seconds = 0)
        @DurationMax(days = 3650)
        Duration maxLag();

        /** The most bytes of the file of refused entries. When it is full, the sink waits until somebody takes it away. */
        @WithDefault("16M")
        @Bytes(min = 0, max = 1 << 30)
        MemorySize deadLetterBytes();

        /** How a sink of type {@code json} is set up. */
        Json json();

        /** How a sink of type {@code postgresql} is set up. */
        Postgresql postgresql();

        /** How a sink of type {@code parquet} is set up. */
        Parquet parquet();
    }

    /** Lines of JSON; each entry at least once. */
    interface Json {

        /** The file that lines are added to; when it is not set, the standard output. */
        Optional<Path> file();

        /** The size beyond which the file is set aside and a new one begins. */
        @WithDefault("64M")
        @Bytes(min = 1 << 10)
        MemorySize maxBytes();

        /** How many files that were set aside are kept. */
        @WithDefault("10")
        @Min(0)
        @Max(10_000)
        int keep();
    }

    /** Tables in PostgreSQL 14 or newer; each entry exactly once. */
    interface Postgresql {

        /** The address, such as {@code jdbc:postgresql://db:5432/weir?sslmode=verify-full}; without user and password. */
        Optional<String> url();

        /** The user. */
        Optional<String> user();

        /** The user's password. */
        Optional<String> password();

        /** A file that holds the password, instead; read at each connection, so that it may change. */
        Optional<Path> passwordFile();

        /** The schema of the tables; made when it does not exist and may be made. */
        @WithDefault("weir")
        String schema();

        /** Whether the tables are made, and changed by newer versions of Weir; if not, somebody else must. */
        @WithDefault("true")
        boolean migrate();

        /** How many days ahead partitions are made. */
        @WithDefault("2")
        @Min(0)
        @Max(366)
        int daysAhead();

        /**
         * Whether entries are deleted once the retention of their class has passed: a day at a time where all of a day may
         * go, else one by one.
         */
        @WithDefault("true")
        boolean retention();

        /** How long a connection may take. */
        @WithDefault("5s")
        @DurationMin(seconds = 1)
        @DurationMax(minutes = 5)
        Duration connectTimeout();

        /** How long one statement may take before it is given up. */
        @WithDefault("30s")
        @DurationMin(seconds = 1)
        @DurationMax(hours = 1)
        Duration statementTimeout();
    }

    /** Files of Apache Parquet, for notebooks; each entry exactly once. */
    interface Parquet {

        /** The directory of the files. Set this or a bucket. */
        Optional<Path> directory();

        /** The bucket of the files. Credentials come from where all tools of S3 look for them. */
        Optional<String> bucket();

        /** Where in the bucket the files begin. */
        Optional<String> prefix();

        /** The bucket's region; when it is not set, that of the environment, or {@code us-east-1} with an endpoint. */
        Optional<String> region();

        /** The address of a store that is not Amazon's, such as {@code http://minio:9000}. */
        Optional<URI> endpoint();

        /** Whether the bucket stands in an address' path instead of its host, as most stores but Amazon's want it. */
        @WithDefault("false")
        boolean pathStyle();

        /** How long the store may take for one request. */
        @WithDefault("1m")
        @DurationMin(millis = 100)
        @DurationMax(hours = 1)
        Duration timeout();

        /** About how many bytes of memory collected entries take before files are written, at the latest. */
        @WithDefault("64M")
        @Bytes(min = 1 << 10, max = 1 << 30)
        MemorySize maxBytes();

        /** How long entries are collected before files are written, at the latest; an hour of the log ends them too. */
        @WithDefault("15m")
        @DurationMin(seconds = 1)
        @DurationMax(hours = 24)
        Duration maxAge();
    }
}
