package dev.weir.deployment;

import dev.weir.inference.Ticker;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies deployment files that changed, all or none. What is refused changes nothing of what serves, and is told once for
 * each state of the files: in the log, in {@link ServingState#files()} and in meters. One thread at a time.
 */
@Singleton
class DeploymentReload {

    private static final Log LOG = Log.of(DeploymentReload.class);

    /** How much of the mistakes goes into a line of the log; the API has them all. */
    private static final int MAX_REASON = 8_192;

    private final DeploymentConfig config;
    private final DeploymentFiles files;
    private final SnapshotLoader loader;
    private final ServingState state;
    private final Iterable<DeploymentCheck> checks;
    private final InstantSource clock;
    private final Settling settling;
    private final Counter applied;
    private final Counter refused;
    private final Counter failed;

    @Inject
    DeploymentReload(
            DeploymentConfig config,
            SnapshotLoader loader,
            ServingState state,
            @Any Instance<DeploymentCheck> checks,
            InstantSource clock,
            Ticker ticker,
            MeterRegistry meters) {
        this(config, loader, state, (Iterable<DeploymentCheck>) checks, clock, ticker, meters);
    }

    DeploymentReload(
            DeploymentConfig config,
            SnapshotLoader loader,
            ServingState state,
            Iterable<DeploymentCheck> checks,
            InstantSource clock,
            Ticker ticker,
            MeterRegistry meters) {
        this.config = config;
        this.files = new DeploymentFiles(config);
        this.loader = loader;
        this.state = state;
        this.checks = checks;
        this.clock = clock;
        this.settling = new Settling(ticker);
        this.applied = Meters.CONFIG_RELOADS.counter(meters, "applied");
        this.refused = Meters.CONFIG_RELOADS.counter(meters, "refused");
        this.failed = Meters.CONFIG_RELOADS.counter(meters, "failed");
        Meters.CONFIG_LAST_SUCCESS.gauge(meters, state, s -> seconds(s.files().confirmedAt()));
    }

    private static double seconds(@Nullable Instant time) {
        return time == null ? 0 : time.toEpochMilli() / 1e3;
    }

    /** Notes that what serves now follows from the files that were read at start. */
    void begin() {
        state.noteFiles(state.files().applied(clock.instant()));
    }

    /** Looks at the files, applies or refuses them if they changed and stand still, and says when to look again. */
    Duration look() {
        DirectoryState seen = DeploymentDirectory.read(config.directory());
        return switch (settling.next(seen)) {
            case Settling.Step.Wait wait -> wait.atMost();
            case Settling.Step.Tell tell -> {
                refuse(seen, List.of("the deployment files keep changing; they are read once they stand still"));
                yield Settling.QUIET;
            }
            case Settling.Step.Rest rest -> {
                if (state.files().current() == null) {
                    state.noteFiles(state.files().confirmed(clock.instant()));
                }
                yield config.poll();
            }
            case Settling.Step.Decide decide -> {
                settle(seen);
                yield config.poll();
            }
        };
    }

    private void settle(DirectoryState seen) {
        try {
            switch (ReloadDecision.of(seen, state.current().digest(), files, config.allowNone(), checks)) {
                case ReloadDecision.Keep keep -> keep();
                case ReloadDecision.Apply apply -> apply(apply.reading());
                case ReloadDecision.Refuse refuse -> refuse(seen, refuse.problems());
            }
        } catch (RuntimeException | Error e) {
            failed.increment();
            settling.again();
            throw e;
        }
    }

    private void keep() {
        if (state.files().current() != null) {
            LOG.info("deployment files are what is applied again")
                    .with(LogKey.DIGEST, state.current().digest())
                    .write();
        }
        state.noteFiles(state.files().confirmed(clock.instant()));
    }

    private void apply(DeploymentFiles.Reading reading) {
        loader.deploy(reading);
        if (reading.digest().equals(state.current().digest())) { // or the server stops
            applied.increment();
            state.noteFiles(state.files().applied(clock.instant()));
        }
    }

    private void refuse(DirectoryState seen, List<String> problems) {
        String digest = seen instanceof DirectoryState.Held held ? held.digest() : null;
        refused.increment();
        state.noteFiles(state.files().refused(clock.instant(), digest, problems));
        String all = String.join("; ", problems);
        LOG.error("deployment files refused; what serves goes on serving")
                .with(LogKey.DIGEST, digest)
                .with(LogKey.COUNT, problems.size())
                .with(LogKey.REASON, all.length() > MAX_REASON ? all.substring(0, MAX_REASON) + "…" : all)
                .write();
    }
}
