package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import dev.weir.inference.Ticker;
import dev.weir.inference.VersionRef;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The one way from an artifact to a servable, a transaction: guards, copies, digests, load, signature, golden samples,
 * warm-up. A step that fails gives back all that was taken, notes the reason on the {@link ServableBoard}, and leaves
 * everything else as it was.
 */
@ApplicationScoped
public class LoadGate {

    private static final Log LOG = Log.of(LoadGate.class);

    private final Map<String, ModelFormat> formats = new TreeMap<>();
    private final List<LoadGuard> guards;
    private final ServableBoard board;
    private final MeterRegistry meters;
    private final InstantSource clock;
    private final Ticker ticker;
    private final int warmUpRuns;
    private final int maxBatchRows;

    /** Collects the formats and guards. */
    @Inject
    public LoadGate(
            @All List<ModelFormat> formats,
            @All List<LoadGuard> guards,
            ServableBoard board,
            MeterRegistry meters,
            InstantSource clock,
            Ticker ticker,
            ComputeConfig config) {
        formats.forEach(format -> this.formats.put(format.name(), format));
        this.guards = List.copyOf(guards);
        this.board = board;
        this.meters = meters;
        this.clock = clock;
        this.ticker = ticker;
        this.warmUpRuns = config.warmUpRuns();
        this.maxBatchRows = config.maxBatchRows();
        ServableState.WORDS.forEach(word ->
                Meters.MODEL_VERSIONS.gauge(meters, board, all -> all.count(word), word.toLowerCase(Locale.ROOT)));
    }

    /** Loads without guards. */
    public LoadGate(
            List<ModelFormat> formats,
            ServableBoard board,
            MeterRegistry meters,
            InstantSource clock,
            Ticker ticker,
            ComputeConfig config) {
        this(formats, List.of(), board, meters, clock, ticker, config);
    }

    /** Says whether a version may have killed a process before, and must therefore be loaded alone. */
    public boolean isSuspect(VersionRef ref) {
        return guards.stream().anyMatch(guard -> guard.isSuspect(ref));
    }

    /** Forgets what speaks against a version from before, because an operator wants it tried even so. */
    public void forgive(VersionRef ref) {
        guards.forEach(guard -> guard.forgive(ref));
    }

    /** Begins to load a version; what becomes of it, {@link #load} or {@link #reject} says. */
    public LoadAttempt begin(VersionRef ref) {
        board.set(ref, new ServableState.Loading(clock.instant()));
        return new LoadAttempt(ref, ticker.nanos());
    }

    /** Loads a version, however long it takes. */
    public Servable load(ModelArtifact artifact) {
        return load(artifact, begin(artifact.manifest().ref()));
    }

    /**
     * Loads a version. Blocks; may run for several versions at once.
     *
     * @param attempt the version's attempt, which may be rejected on another thread meanwhile
     * @return the servable, whose owner's use belongs to the caller
     * @throws ArtifactRejected with the reason, after it was noted, counted and logged; nothing stays loaded
     */
    public Servable load(ModelArtifact artifact, LoadAttempt attempt) {
        VersionRef ref = attempt.ref();
        attempt.loads(artifact.digest());
        try {
            Servable servable = loadPermitted(artifact, attempt);
            Duration took = took(attempt);
            count("ok", took);
            LOG.info("servable available")
                    .with(LogKey.MODEL, ref.model())
                    .with(LogKey.VERSION, ref.version())
                    .with(LogKey.DIGEST, artifact.digest())
                    .with(LogKey.MILLIS, took.toMillis())
                    .write();
            return servable;
        } catch (RuntimeException | Error e) {
            ArtifactRejected rejected = e instanceof ArtifactRejected known
                    ? known
                    : new ArtifactRejected(
                            e instanceof WeirException weir ? weir.publicMessage() : "the model can't be loaded", e);
            if (attempt.end()) {
                note(attempt, rejected);
            }
            throw rejected;
        }
    }

    /**
     * Notes, counts and logs a version that won't be loaded: because it failed before, such as by an unreadable
     * manifest, or because it takes too long. A load that runs is asked to stop, and can't serve any more.
     *
     * @return false when the attempt had ended already; nothing happens then
     */
    public boolean reject(LoadAttempt attempt, ArtifactRejected why) {
        if (!attempt.end()) {
            return false;
        }
        note(attempt, why);
        attempt.cancellation().cancel();
        return true;
    }

    private void note(LoadAttempt attempt, ArtifactRejected why) {
        VersionRef ref = attempt.ref();
        Duration took = took(attempt);
        count("failed", took);
        board.set(ref, new ServableState.Failed(clock.instant(), why.publicMessage(), attempt.digest(), took));
        LOG.error("servable refused")
                .with(LogKey.MODEL, ref.model())
                .with(LogKey.VERSION, ref.version())
                .with(LogKey.REASON, why.publicMessage())
                .with(LogKey.DIGEST, attempt.digest())
                .with(LogKey.MILLIS, took.toMillis())
                .cause(why.getCause())
                .write();
    }

    /**
     * Takes a version through every check without letting it serve, and gives back what that took; nobody else learns of
     * it but the guards. Blocks; may run for several versions at once.
     *
     * @param cancellation ends the runs early
     * @throws WeirException with the reason when a step fails
     */
    public void rehearse(ModelArtifact artifact, Cancellation cancellation) {
        Permits permits = Permits.of(guards, artifact);
        try {
            loadChecked(artifact, cancellation).close();
        } finally {
            permits.gone();
        }
    }

    /**
     * Takes a version through every check without letting it serve, asks it once, and gives back what that took; nobody else
     * learns of it but the guards. It counts against no bound of what serves. Blocks.
     *
     * @param inputs in direct memory, every input of the version's signature
     * @param outputs the wanted outputs in the wanted order, at least one
     * @param cancellation ends the runs early
     * @throws dev.weir.failure.RequestRejected when the inputs or outputs do not fit the version
     * @throws dev.weir.failure.PredictionFailed when the model fails on the inputs
     * @throws WeirException with the reason when a step fails
     */
    public TrialRun ask(ModelArtifact artifact, List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
        ModelSignature signature = artifact.manifest().signature();
        SignatureCheck.rows(signature, inputs);
        SignatureCheck.requireOutputs(signature, outputs);
        Permits permits = Permits.beside(guards, artifact);
        try (LoadedModel model = loadChecked(artifact, cancellation)) {
            SignatureCheck.rows(signature, model.textRule(), inputs);
            return new TrialRun(model.run(inputs, outputs, cancellation).outputs(), model.runtime());
        } finally {
            permits.gone();
        }
    }

    private Servable loadPermitted(ModelArtifact artifact, LoadAttempt attempt) {
        Permits permits = Permits.of(guards, artifact);
        Servable servable;
        try {
            LoadedModel model = loadChecked(artifact, attempt.cancellation());
            servable = admit(artifact, model, batchRows(artifact, model, attempt), attempt, permits);
        } catch (RuntimeException | Error e) {
            permits.gone();
            throw e;
        }
        permits.loaded();
        return servable;
    }

    private int batchRows(ModelArtifact artifact, LoadedModel model, LoadAttempt attempt) {
        try {
            return maxBatchRows > 1 && BatchTrial.pays(model, artifact.manifest(), ticker, attempt.cancellation())
                    ? maxBatchRows
                    : 1;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private LoadedModel loadChecked(ModelArtifact artifact, Cancellation cancellation) {
        ModelManifest manifest = artifact.manifest();
        ModelFormat format = formats.get(manifest.format());
        if (format == null) {
            throw new ArtifactRejected(
                    "format '" + manifest.format() + "' is unknown here; known are " + formats.keySet());
        }
        try (LoadCopy files = LoadCopy.of(artifact)) {
            ArtifactDigests.verify(files.artifact());
            return accepted(format.load(files.artifact()), manifest, cancellation);
        }
    }

    private LoadedModel accepted(LoadedModel model, ModelManifest manifest, Cancellation cancellation) {
        boolean accepted = false;
        try {
            SignatureMatch.require(manifest.signature(), model.signature());
            manifest.golden().forEach(sample -> GoldenCheck.require(manifest.signature(), model, sample, cancellation));
            WarmUp.run(model, manifest, warmUpRuns, cancellation);
            accepted = true;
            return model;
        } finally {
            if (!accepted) {
                model.close();
            }
        }
    }

    private Servable admit(
            ModelArtifact artifact, LoadedModel model, int batchRows, LoadAttempt attempt, Permits permits) {
        if (!attempt.end()) {
            model.close();
            throw new ArtifactRejected("the load was given up");
        }
        VersionRef ref = attempt.ref();
        List<Gauge> gauges = List.of(
                Meters.MODEL_INFO.gauge(
                        meters,
                        ref,
                        r -> 1,
                        ref.model(),
                        ref.version(),
                        artifact.manifest().format(),
                        artifact.digest()),
                Meters.MODEL_BYTES.gauge(
                        meters, artifact.manifest(), ModelManifest::bytes, ref.model(), ref.version()));
        Servable servable = new Servable(artifact, model, batchRows, () -> {
            gauges.forEach(meters::remove);
            permits.gone();
            board.set(ref, new ServableState.Unloaded(clock.instant()));
        });
        board.set(ref, new ServableState.Available(clock.instant(), artifact.digest(), took(attempt)));
        return servable;
    }

    private Duration took(LoadAttempt attempt) {
        return Duration.ofNanos(ticker.nanos() - attempt.begun());
    }

    private void count(String result, Duration took) {
        Meters.MODEL_LOADS.counter(meters, result).increment();
        Meters.MODEL_LOAD_DURATION.timer(meters, result).record(took);
    }
}
