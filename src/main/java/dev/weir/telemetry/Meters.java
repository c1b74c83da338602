package dev.weir.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Every meter Weir exports: its Prometheus name, what it says, and its labels in order.
 *
 * <p>Durations are histograms with explicit bounds, in seconds. Labels hold names from configuration, stable codes and
 * words of enums, never what a caller sent.
 */
@SuppressWarnings("ImmutableEnumChecker") // the labels are an unmodifiable list of strings
public enum Meters {
    /** What callers saw. */
    REQUESTS("weir.requests", "Requests as callers saw them.", "model_deployment", "protocol", "result"),
    /** What callers waited. */
    REQUEST_DURATION(
            "weir.request.duration", "Time from a request's headers to its answer.", "model_deployment", "protocol"),
    /** What variants did. */
    EXECUTIONS(
            "weir.executions",
            "Attempts by variant, shadows and fallbacks included.",
            "model_deployment",
            "model",
            "version",
            "variant",
            "role",
            "result"),
    /** Requests that the primary answers for another variant. */
    FALLBACKS(
            "weir.fallbacks",
            "Requests that the primary answered, or tried to, for the variant they fell on.",
            "model_deployment",
            "variant",
            "reason"),
    /** Where an attempt's time goes. */
    PHASE_DURATION("weir.phase.duration", "Time an attempt spends in a phase.", "model_deployment", "phase"),
    /** Rows answered. */
    ROWS("weir.rows", "Rows in attempts that were answered.", "model_deployment", "model", "version"),
    /** Requests inside the server. */
    IN_FLIGHT("weir.in.flight", "Requests admitted and not yet answered."),
    /** Attempts waiting. */
    QUEUE_DEPTH("weir.queue.depth", "Attempts waiting for a compute thread.", "model_deployment", "model", "version"),
    /** Requests turned away for lack of room. */
    REJECTED("weir.rejected", "Requests turned away for lack of room.", "reason"),
    /** Requests that did not fit. */
    INPUT_VIOLATIONS("weir.input.violations", "Requests refused for what they carry.", "kind"),
    /** Callers turned away. */
    AUTH_FAILURES("weir.auth.failures", "Callers turned away.", "reason"),
    /** Request bytes held. */
    BYTE_BUDGET_RESERVED("weir.byte.budget.reserved.bytes", "Bytes that requests hold right now."),
    /** Request bytes there may be. */
    BYTE_BUDGET_CAPACITY("weir.byte.budget.capacity.bytes", "Bytes that requests may hold in all."),
    /** Native handles. */
    MODEL_HANDLES("weir.model.handles", "Uses of a loaded version that are not over yet.", "model", "version"),
    /** Which versions there are. */
    MODEL_INFO("weir.model.info", "Loaded versions; always 1.", "model", "version", "format", "digest"),
    /** Readiness of deployments. */
    MODEL_READY("weir.model.ready", "Whether a deployment's primary can serve.", "model_deployment"),
    /** Loads. */
    MODEL_LOADS("weir.model.loads", "Loads of versions by result.", "result"),
    /** Load times. */
    MODEL_LOAD_DURATION(
            "weir.model.load.duration", "Time a load took, fetching, checks and warm-up included.", "result"),
    /** Artifact sizes. */
    MODEL_BYTES("weir.model.bytes", "Bytes of a loaded version's files.", "model", "version"),
    /** Where versions stand. */
    MODEL_VERSIONS("weir.model.versions", "Versions that were asked for, by where they stand.", "state"),
    /** Versions that are not loaded because the server died of them. */
    MODELS_QUARANTINED("weir.models.quarantined", "Versions not loaded because the server died while loading them."),
    /** What the registry was asked. */
    REGISTRY_REQUESTS("weir.registry.requests", "Requests to the registry.", "op", "result"),
    /** What of the registry can't be read. */
    REGISTRY_PROBLEMS("weir.registry.problems", "Models whose aliases or revocations can't be read."),
    /** Deployments that do not do as told. */
    DEPLOYMENT_PROBLEM(
            "weir.deployment.problem",
            "Whether a deployment serves something else than its file and the registry ask for.",
            "model_deployment"),
    /** How old what is known of the registry is. */
    REGISTRY_AGE("weir.registry.age.seconds", "Time since a registry on another machine was last read."),
    /** What versions take of the disk. */
    REGISTRY_CACHE_BYTES("weir.registry.cache.bytes", "Bytes of versions in the cache."),
    /** Registrations. */
    REGISTRATIONS("weir.registrations", "Versions that were handed over, by result.", "result"),
    /** Registrations that never end. */
    REGISTRATIONS_HANGING(
            "weir.registrations.hanging",
            "Models that were handed over and hang in their runtime; each takes a place."),
    /** What forwarders did. */
    LOG_FORWARDED(
            "weir.log.forwarded", "Entries of the prediction log by what became of them at a sink.", "sink", "result"),
    /** How old what is not forwarded is. */
    LOG_LAG_SECONDS("weir.log.lag.seconds", "Age of the oldest entry that a sink does not have.", "sink"),
    /** How much is not forwarded. */
    LOG_LAG_RECORDS("weir.log.lag.records", "Entries that a sink does not have.", "sink"),
    /** Refused entries. */
    LOG_DEAD_LETTERS("weir.log.dead.letters", "Entries that a sink refused and nobody has dealt with.", "sink"),
    /** Sinks that can't be written. */
    LOG_SINK_FAILING("weir.log.sink.failing", "Whether something keeps a sink from being written.", "sink"),
    /** Requests that say whether they are sent again. */
    IDEMPOTENCY("weir.idempotency", "Requests with an Idempotency-Key, by what became of them.", "event"),
    /** What was reported of predictions. */
    OUTCOMES("weir.outcomes", "Outcomes that were reported, by what became of them.", "result"),
    /** What became of records. */
    LOG_RECORDS("weir.log.records", "Records of predictions by what became of them.", "result"),
    /** Records in memory. */
    LOG_BUFFER_BYTES("weir.log.buffer.bytes", "Bytes of records that wait to be written, and of room kept for them."),
    /** Records in memory there may be. */
    LOG_BUFFER_CAPACITY("weir.log.buffer.capacity.bytes", "Bytes of records that may wait to be written."),
    /** What the log takes of the disk. */
    LOG_DISK_BYTES("weir.log.disk.bytes", "Bytes of the prediction log on this disk."),
    /** How far the log goes back. */
    LOG_OLDEST("weir.log.oldest.seconds", "Age of the oldest segment of the prediction log."),
    /** Commit times. */
    LOG_COMMIT_DURATION("weir.log.commit.duration", "Time to commit a group of records to the prediction log."),
    /** Commits that failed. */
    LOG_COMMIT_FAILURES("weir.log.commit.failures", "Groups of records that could not be committed.", "reason"),
    /** Segments that went. */
    LOG_SEGMENTS_DELETED("weir.log.segments.deleted", "Segments of the prediction log that outlived their retention."),
    /** Keys that keep an old master key from being removed. */
    SUBJECT_KEYS_OLD("weir.subject.keys.old", "Keys of subjects that are still closed with an older master key."),
    /** Changes of the deployment files. */
    CONFIG_RELOADS("weir.config.reloads", "Changes of the deployment files by what became of them.", "result"),
    /** Whether the files are what is applied. */
    CONFIG_LAST_SUCCESS(
            "weir.config.last.success.timestamp.seconds",
            "When the deployment files were last seen to be what is applied, in seconds since 1970."),
    /** The configuration that routes. */
    ROUTING_CONFIG_INFO("weir.routing.config.info", "The applied configuration; always 1.", "digest");

    private static final Duration[] BOUNDS = {
        Duration.ofNanos(100_000), Duration.ofNanos(250_000), Duration.ofNanos(500_000), Duration.ofMillis(1),
        Duration.ofNanos(2_500_000), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25),
        Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500),
        Duration.ofSeconds(1), Duration.ofMillis(2500), Duration.ofSeconds(5)
    };

    private final String meterName;
    private final String help;
    private final List<String> labels;

    Meters(String meterName, String help, String... labels) {
        this.meterName = meterName;
        this.help = help;
        this.labels = List.of(labels);
    }

    /** Returns the name in Micrometer's dotted form. */
    public String meterName() {
        return meterName;
    }

    /** Returns what the meter says. */
    public String help() {
        return help;
    }

    /** Returns the labels, in order. */
    public List<String> labels() {
        return labels;
    }

    /** Returns this meter as a counter. */
    public Counter counter(MeterRegistry registry, String... values) {
        return Counter.builder(meterName).description(help).tags(tags(values)).register(registry);
    }

    /** Returns this meter as a timer. */
    public Timer timer(MeterRegistry registry, String... values) {
        return Timer.builder(meterName)
                .description(help)
                .tags(tags(values))
                .serviceLevelObjectives(BOUNDS)
                .register(registry);
    }

    /** Registers this meter as a gauge that reads {@code source}, which it holds on to. */
    public <T> Gauge gauge(MeterRegistry registry, T source, ToDoubleFunction<T> value, String... values) {
        return Gauge.builder(meterName, source, value)
                .description(help)
                .tags(tags(values))
                .strongReference(true)
                .register(registry);
    }

    private Tags tags(String... values) {
        if (values.length != labels.size()) {
            throw new IllegalArgumentException(meterName + " takes labels " + labels);
        }
        Tags tags = Tags.empty();
        for (int i = 0; i < values.length; i++) {
            tags = tags.and(labels.get(i), values[i]);
        }
        return tags;
    }

    /** Returns the Prometheus name, without a counter's or histogram's suffix. */
    public String prometheusName() {
        return meterName.replace('.', '_').toLowerCase(Locale.ROOT);
    }
}
