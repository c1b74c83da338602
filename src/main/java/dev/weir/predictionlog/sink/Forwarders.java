package dev.weir.predictionlog.sink;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.Names;
import dev.weir.inference.Ticker;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.LogTail;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.local.LocalPredictionLog;
import dev.weir.predictionlog.local.SegmentKeeper;
import dev.weir.store.StateStore;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Everything that is forwarded. Forwarders start once the log is open, and end after it was flushed: what was answered
 * before a shutdown is forwarded by then, as far as the sinks can be reached.
 */
@ApplicationScoped
public class Forwarders implements SegmentKeeper, SubjectEraser {

    private static final Log LOG = Log.of(Forwarders.class);

    /** The priority, among those who observe the start. */
    private static final int STARTED_AT = 200;

    /** How long a shutdown waits for the sinks. */
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

    private final SinkConfig config;
    private final PredictionLogConfig logConfig;
    private final Map<String, SinkProvider> providers = new TreeMap<>();
    private final Supplier<LogTail> tail;
    private final StateStore store;
    private final MeterRegistry registry;
    private final InstantSource clock;
    private final Ticker ticker;
    private volatile List<Forwarder> forwarders = List.of();

    /** Collects what forwarders need. */
    @Inject
    public Forwarders(
            SinkConfig config,
            PredictionLogConfig logConfig,
            @Any Instance<SinkProvider> providers,
            Instance<LogTail> tail,
            StateStore store,
            MeterRegistry registry,
            InstantSource clock,
            Ticker ticker) {
        this(config, logConfig, providers, tail::get, store, registry, clock, ticker);
    }

    Forwarders(
            SinkConfig config,
            PredictionLogConfig logConfig,
            Iterable<SinkProvider> providers,
            Supplier<LogTail> tail,
            StateStore store,
            MeterRegistry registry,
            InstantSource clock,
            Ticker ticker) {
        this.config = config;
        this.logConfig = logConfig;
        this.tail = tail;
        this.store = store;
        this.registry = registry;
        this.clock = clock;
        this.ticker = ticker;
        for (SinkProvider provider : providers) {
            this.providers.put(provider.type(), provider);
        }
    }

    void onStart(@Observes @Priority(STARTED_AT) StartupEvent event) {
        start();
    }

    void onStop(@Observes @Priority(LocalPredictionLog.CLOSED_AT + 50) ShutdownEvent event) {
        stop(FLUSH_TIMEOUT);
    }

    /**
     * Starts a forwarder per sink.
     *
     * @throws ConfigurationRejected naming everything that is wrong with any of them
     */
    void start() {
        Map<SinkConfig.Sink, LogSink> sinks = sinks();
        if (sinks.isEmpty() || !logConfig.enabled()) {
            return;
        }
        List<Forwarder> made = new ArrayList<>();
        sinks.forEach((configured, sink) -> made.add(forwarder(configured, sink)));
        forwarders = List.copyOf(made);
        forwarders.forEach(Forwarder::start);
    }

    private Map<SinkConfig.Sink, LogSink> sinks() {
        List<String> mistakes = new ArrayList<>();
        Map<SinkConfig.Sink, LogSink> sinks = new LinkedHashMap<>();
        for (Map.Entry<String, SinkConfig.Sink> each : config.sinks().entrySet()) {
            String name = each.getKey();
            SinkProvider provider = providers.get(each.getValue().type());
            if (!Names.isName(name)) {
                mistakes.add("weir.predictions.sinks: a sink's name has 1 to 128 characters out of A-Z a-z 0-9 . _ -");
            } else if (provider == null) {
                mistakes.add("weir.predictions.sinks." + name + ".type: must be one of "
                        + String.join(", ", new TreeSet<>(providers.keySet())));
            } else {
                sinks.put(each.getValue(), provider.make(name, each.getValue(), mistakes));
            }
        }
        if (!mistakes.isEmpty()) {
            throw new ConfigurationRejected(mistakes.stream().sorted().toList());
        }
        return sinks;
    }

    private Forwarder forwarder(SinkConfig.Sink sinkConfig, LogSink sink) {
        String name = sink.name();
        LogTail log = tail.get();
        Path file = logConfig.directory().resolve("dead-letters").resolve(name + ".ndjson");
        DeadLetters deadLetters =
                new DeadLetters(file, sinkConfig.deadLetterBytes().asLongValue(), clock);
        Progress progress = new Progress(clock, ticker);
        ForwarderMeters meters = new ForwarderMeters(registry, name);
        Forwarding forwarding = new Forwarding(
                sink,
                log,
                new SavedPositions(store, name, log.replica()),
                deadLetters,
                new Forwarding.Limits(
                        sinkConfig.batch(), sinkConfig.batchBytes().asLongValue(), sinkConfig.poll()),
                new Backoff(sinkConfig.firstPause(), sinkConfig.longestPause(), RandomGenerator.getDefault()),
                meters,
                progress,
                ticker);
        Forwarder forwarder = new Forwarder(
                name, sinkConfig.type(), sinkConfig.maxLag(), forwarding, progress, deadLetters, log, clock);
        meters.show(forwarder::status);
        return forwarder;
    }

    /** Forwards what is in the log by now, as far as that can be done in this time, and ends. */
    void stop(Duration atMost) {
        forwarders.forEach(Forwarder::stopSoon);
        long end = ticker.nanos() + atMost.toNanos();
        try {
            for (Forwarder forwarder : forwarders) {
                if (!forwarder.awaitEnd(Duration.ofNanos(end - ticker.nanos()))) {
                    LOG.warn("sink does not have the whole log at the end; the rest follows after the next start")
                            .with(LogKey.SINK, forwarder.name())
                            .with(LogKey.COUNT, forwarder.status().lagRecords())
                            .write();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns how forwarding goes, by name of the sink. */
    public List<SinkStatus> statuses() {
        return forwarders.stream()
                .map(Forwarder::status)
                .sorted(Comparator.comparing(SinkStatus::name))
                .toList();
    }

    /** Keeps a segment until every sink has it, or is too far behind to be waited for. */
    @Override
    public boolean mayGo(Expired segment) {
        List<Forwarder> all = forwarders;
        if (all.isEmpty()) {
            return config.sinks().isEmpty();
        }
        return all.stream().allMatch(forwarder -> forwarder.mayGo(segment));
    }

    @Override
    public List<Evidence> erase(Set<String> subjectKeys) {
        List<Evidence> evidence = new ArrayList<>();
        for (Map.Entry<String, SinkConfig.Sink> each : config.sinks().entrySet()) {
            SinkProvider provider = providers.get(each.getValue().type());
            if (provider != null) {
                evidence.add(provider.forget(each.getKey(), each.getValue(), subjectKeys));
            }
        }
        return evidence;
    }
}
