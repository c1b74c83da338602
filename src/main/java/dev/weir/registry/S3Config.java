package dev.weir.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/**
 * The bucket of model versions, with source {@code s3}; with source {@code mlflow}, the bucket into which its clients put
 * artifacts past its proxy, if they do. Credentials come from where all tools of S3 look for them: the
 * environment, a profile, a web identity, or the machine.
 */
@ConfigMapping(prefix = "weir.registry.s3")
public interface S3Config {

    /** The bucket. */
    Optional<String> bucket();

    /**
     * Where in the bucket the versions begin: {@code <prefix>/<model>/<version>/manifest.json}; with source {@code mlflow},
     * below what artifacts may be read.
     */
    Optional<String> prefix();

    /** The bucket's region; when it is not set, that of the environment, or {@code us-east-1} with an endpoint. */
    Optional<String> region();

    /** The address of a store that is not Amazon's, such as {@code http://minio:9000}. */
    Optional<URI> endpoint();

    /** Whether the bucket stands in an address' path instead of its host, as most stores but Amazon's want it. */
    @WithDefault("false")
    boolean pathStyle();

    /** How long a connection may take. */
    @WithDefault("2s")
    @DurationMin(millis = 1)
    @DurationMax(minutes = 5)
    Duration connectTimeout();

    /** How long the store may send nothing. */
    @WithDefault("10s")
    @DurationMin(millis = 1)
    @DurationMax(minutes = 5)
    Duration readTimeout();

    /**
     * How long a request may take with all its repeats, a small document may take to arrive, and a look at the bucket may
     * take with all its requests. A file of a version may take longer, as long as 1 MiB of it comes in this time.
     */
    @WithDefault("1m")
    @DurationMin(millis = 100)
    @DurationMax(hours = 1)
    Duration timeout();

    /**
     * How long the files of a numbered version must have lain there unchanged before they count as a version without a
     * manifest, as Triton has them: until then, a manifest may still be on its way.
     */
    @WithDefault("1m")
    @DurationMin
    @DurationMax(days = 365)
    Duration bareAfter();

    /** How often a request is tried that the store did not answer or asks to repeat. */
    @WithDefault("3")
    @Min(1)
    @Max(10)
    int attempts();
}
