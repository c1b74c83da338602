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

/** An MLflow tracking server as the registry. */
@ConfigMapping(prefix = "weir.registry.mlflow")
public interface MlflowConfig {

    /** The tracking server, such as {@code http://mlflow:5000}; no other host is asked, but for a bucket that is set. */
    @WithDefault("${MLFLOW_TRACKING_URI:}")
    Optional<URI> url();

    /** A bearer token for it. */
    @WithDefault("${MLFLOW_TRACKING_TOKEN:}")
    Optional<String> token();

    /** A user name for it, used when there is no token. */
    @WithDefault("${MLFLOW_TRACKING_USERNAME:}")
    Optional<String> username();

    /** That user's password. */
    @WithDefault("${MLFLOW_TRACKING_PASSWORD:}")
    Optional<String> password();

    /** How long to wait for a connection. */
    @WithDefault("5s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 5)
    Duration connectTimeout();

    /** How long to wait for a whole answer, for a file to begin, and for its next bytes. */
    @WithDefault("30s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 10)
    Duration timeout();

    /** Models or versions that are asked for in one request; MLflow gives the rest in further ones. */
    @WithDefault("500")
    @Min(1)
    @Max(1000)
    int pageSize();
}
