package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weir.api.ApiConfig;
import dev.weir.api.RegistrationConfig;
import dev.weir.deployment.DeploymentConfig;
import dev.weir.predictionlog.checkpoint.CheckpointConfig;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.registry.CacheConfig;
import dev.weir.registry.MlflowConfig;
import dev.weir.registry.RegistryConfig;
import dev.weir.registry.S3Config;
import dev.weir.servable.ComputeConfig;
import dev.weir.servable.LoadConfig;
import dev.weir.serving.ServingConfig;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.validator.BeanValidationConfigValidatorImpl;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a start says of configured values that are out of bounds. */
class ConfigurationBoundsTest {

    private static SmallRyeConfig config(Map<String, String> set) {
        return new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(set, "set", 200))
                .withSources(new PropertiesConfigSource(
                        Map.of(
                                "weir.deployments.directory",
                                "deployments",
                                "weir.registry.directory",
                                "registry",
                                "weir.registry.cache.directory",
                                "cache",
                                "weir.registration.directory",
                                "registrations",
                                "weir.predictions.sinks.s.type",
                                "json"),
                        "shipped",
                        100))
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withMapping(ApiConfig.class)
                .withMapping(ComputeConfig.class)
                .withMapping(DeploymentConfig.class)
                .withMapping(RegistrationConfig.class)
                .withMapping(LoadConfig.class)
                .withMapping(RegistryConfig.class)
                .withMapping(CacheConfig.class)
                .withMapping(MlflowConfig.class)
                .withMapping(S3Config.class)
                .withMapping(ServingConfig.class)
                .withMapping(SinkConfig.class)
                .withMapping(CheckpointConfig.class)
                .withValidator(new BeanValidationConfigValidatorImpl())
                .build();
    }

    private static List<String> said(Map<String, String> set) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StartFailure.explain(catchThrowable(() -> config(set)), new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void shouldAcceptTheDefaults() {
        assertThatCode(() -> config(Map.of())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "weir.api.max-body, 0, 1 to 2147483647 bytes",
        "weir.api.max-body, 2G, 1 to 2147483647 bytes",
        "weir.api.body-timeout, 0s, 1",
        "weir.api.body-timeout, 25h, 1 day",
        "weir.api.max-nesting, 0, 1",
        "weir.api.max-nesting, 1001, 1000",
        "weir.api.max-string, 0, 1",
        "weir.api.max-number, 0, 1",
        "weir.api.max-field-name, 0, 1",
        "weir.api.max-members, 0, 1",
        "weir.api.max-row-errors, 0, 1",
        "weir.api.max-rank, 0, 1",
        "weir.api.max-elements, 0, 1",
        "weir.api.max-tensors, -1, 1",
        "weir.compute.threads, 0, 1",
        "weir.compute.threads, 1025, 1024",
        "weir.compute.drain-timeout, -1s, 0",
        "weir.compute.drain-timeout, 25h, 1 day",
        "weir.compute.warm-up-runs, -1, 0",
        "weir.compute.max-batch-rows, 0, 1",
        "weir.compute.max-batch-rows, 4097, 4096",
        "weir.compute.warm-up-runs, 10001, 10000",
        "weir.deployments.poll, -1s, 0",
        "weir.deployments.poll, 25h, 1 day",
        "weir.deployments.timeout, 0s, 1",
        "weir.deployments.max-timeout, 0s, 1",
        "weir.deployments.max-timeout, 25h, 1 day",
        "weir.deployments.queue, -1, 0",
        "weir.deployments.queue, 1000001, 1000000",
        "weir.registration.parallel, 0, 1",
        "weir.registration.parallel, 65, 64",
        "weir.registration.upload-timeout, 0s, 1",
        "weir.registration.upload-timeout, 25h, 1 day",
        "weir.registration.max-body, 0, 1 to 2147483647 bytes",
        "weir.registration.max-document, 17M, 1 to 16777216 bytes",
        "weir.registration.max-parts, 0, 1",
        "weir.registration.max-parts, 10001, 10000",
        "weir.registration.max-training-rows, 0, 1",
        "weir.registration.max-training-rows, 10000001, 10000000",
        "weir.load.max-files, 0, 1",
        "weir.load.max-files, 100001, 100000",
        "weir.load.max-file-bytes, 0, 1 to",
        "weir.load.max-bytes, 0, 1 to",
        "weir.load.memory-factor, -1, 0",
        "weir.load.memory-factor, 101, 100",
        "weir.load.quarantine, 59s, 1 minute",
        "weir.load.quarantine, 3651d, 3650 days",
        "weir.registry.poll, -1s, 0",
        "weir.registry.poll, 25h, 1 day",
        "weir.registry.parallel-loads, 0, 1",
        "weir.registry.parallel-loads, 65, 64",
        "weir.registry.cache.max-bytes, 0, 1 to",
        "weir.registry.s3.timeout, 99ms, 100",
        "weir.registry.s3.timeout, 61m, 1 hour",
        "weir.registry.s3.bare-after, -1s, 0",
        "weir.registry.s3.bare-after, 366d, 365 days",
        "weir.registry.mlflow.connect-timeout, 0s, 100",
        "weir.registry.mlflow.connect-timeout, 6m, 5 minutes",
        "weir.registry.mlflow.timeout, 0s, 100",
        "weir.registry.mlflow.timeout, 11m, 10 minutes",
        "weir.registry.mlflow.page-size, 0, 1",
        "weir.registry.mlflow.page-size, 1001, 1000",
        "weir.registry.load-timeout, 0s, 1",
        "weir.registry.load-timeout, 25h, 1 day",
        "weir.predictions.checkpoints.every, 99ms, 100",
        "weir.predictions.checkpoints.every, 25h, 1 day",
        "weir.predictions.sinks.s.batch, 0, 1",
        "weir.predictions.sinks.s.batch, 100001, 100000",
        "weir.predictions.sinks.s.batch-bytes, 1023, 1024 to 268435456 bytes",
        "weir.predictions.sinks.s.batch-bytes, 257M, 1024 to 268435456 bytes",
        "weir.predictions.sinks.s.poll, 0s, 1",
        "weir.predictions.sinks.s.poll, 6m, 5 minutes",
        "weir.predictions.sinks.s.first-pause, 0s, 1",
        "weir.predictions.sinks.s.first-pause, 6m, 5 minutes",
        "weir.predictions.sinks.s.longest-pause, 0s, 1",
        "weir.predictions.sinks.s.longest-pause, 61m, 1 hour",
        "weir.predictions.sinks.s.max-lag, -1s, 0",
        "weir.predictions.sinks.s.max-lag, 3651d, 3650 days",
        "weir.predictions.sinks.s.dead-letter-bytes, 2G, 0 to 1073741824 bytes",
        "weir.predictions.sinks.s.json.max-bytes, 1023, 1024 to",
        "weir.predictions.sinks.s.json.keep, -1, 0",
        "weir.predictions.sinks.s.json.keep, 10001, 10000",
        "weir.predictions.sinks.s.postgresql.days-ahead, -1, 0",
        "weir.predictions.sinks.s.postgresql.days-ahead, 367, 366",
        "weir.predictions.sinks.s.postgresql.connect-timeout, 999ms, 1",
        "weir.predictions.sinks.s.postgresql.connect-timeout, 6m, 5 minutes",
        "weir.predictions.sinks.s.postgresql.statement-timeout, 999ms, 1",
        "weir.predictions.sinks.s.postgresql.statement-timeout, 61m, 1 hour",
        "weir.predictions.sinks.s.parquet.timeout, 99ms, 100",
        "weir.predictions.sinks.s.parquet.timeout, 61m, 1 hour",
        "weir.predictions.sinks.s.parquet.max-bytes, 1023, 1024 to 1073741824 bytes",
        "weir.predictions.sinks.s.parquet.max-bytes, 2G, 1024 to 1073741824 bytes",
        "weir.predictions.sinks.s.parquet.max-age, 999ms, 1",
        "weir.predictions.sinks.s.parquet.max-age, 25h, 24 hours",
        "weir.serving.byte-budget, 0, 1 to",
        "weir.serving.drain-timeout, -1s, 0",
        "weir.serving.drain-timeout, 25h, 1 day"
    })
    void shouldNameTheKeyAndItsLimitInOneLine(String key, String value, String limit) {
        assertThat(said(Map.of(key, value)))
                .hasSize(2)
                .startsWith("Weir did not start, because its configuration was refused:")
                .last()
                .asString()
                .startsWith("  " + key + " must be ")
                .contains(limit);
    }

    @Test
    void shouldNameEveryWrongValueAtOnce() {
        assertThat(said(Map.of("weir.compute.threads", "0", "weir.api.max-rank", "0", "weir.serving.byte-budget", "0")))
                .hasSize(4);
    }

    @Test
    void shouldNameAValueThatCannotBeRead() {
        assertThat(said(Map.of("weir.deployments.queue", "many")))
                .hasSize(2)
                .last()
                .asString()
                .contains("weir.deployments.queue", "many");
    }
}
