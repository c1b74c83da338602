package dev.weir.replay;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.registry.ModelSource;
import dev.weir.replay.ReplayOutcome.Compared;
import dev.weir.replay.ReplayOutcome.NotReplayable;
import dev.weir.replay.ReplayOutcome.Tolerance;
import dev.weir.replay.ReplayOutcome.Why;
import dev.weir.servable.Cancellation;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.TrialRun;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs recorded predictions again, one at a time, on a thread of its own: nothing can stop a native call that hangs, and
 * whoever waits for it must not. Thread-safe; {@link #replay} blocks for as long as a replay may take.
 */
@Singleton
public class Replays {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

    private final ModelSource source;
    private final LoadGate gate;
    private final Duration timeout;
    private final ThreadPoolExecutor worker;

    /** Begins with none. */
    @Inject
    public Replays(ModelSource source, LoadGate gate, ReplayConfig config) {
        this.source = source;
        this.gate = gate;
        this.timeout = config.timeout();
        BlockingQueue<Runnable> queue =
                config.queue() == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(config.queue());
        this.worker = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                queue,
                Thread.ofPlatform().name("weir-replay").daemon().factory());
        worker.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a recorded input again and compares the answer with the recorded one.
     *
     * @param record the record
     * @param other the version to run it on; null for the recorded one, which must have the recorded digest
     * @return what came of it
     * @throws Overloaded when too many wait, the time is over, or the machine has no memory for the version now
     * @throws dev.weir.failure.RegistryUnavailable when the registry can't be read
     */
    public ReplayOutcome replay(PredictionRecord record, @Nullable VersionRef other) {
        NotReplayable missing = missing(record);
        if (missing != null) {
            return missing;
        }
        Cancellation cancellation = new Cancellation();
        return bounded(() -> run(record, other, cancellation), cancellation);
    }

    /** Says what a record lacks that every replay needs; null when it has all of it. */
    private static @Nullable NotReplayable missing(PredictionRecord record) {
        Payload payload = record.payload();
        if (payload.erased()) {
            return new NotReplayable(Why.ERASED, "the subject of the request was forgotten");
        }
        if (!payload.sampled()) {
            return new NotReplayable(Why.NOT_SAMPLED, "sampling left the payload of this record out");
        }
        if (payload.inputs() == null) {
            return payload.truncated()
                    ? new NotReplayable(Why.TRUNCATED, "the inputs were too large to be kept")
                    : new NotReplayable(Why.NOT_CAPTURED, "the inputs are not on record here");
        }
        if (record.code() != null) {
            return new NotReplayable(Why.NO_ANSWER, "the attempt failed, so there is no answer to compare with");
        }
        if (payload.outputs() == null) {
            return payload.truncated()
                    ? new NotReplayable(Why.TRUNCATED, "the outputs were too large to be kept")
                    : new NotReplayable(Why.NOT_CAPTURED, "the outputs are not on record here");
        }
        return null;
    }

    private ReplayOutcome bounded(Callable<ReplayOutcome> work, Cancellation cancellation) {
        Future<ReplayOutcome> outcome;
        try {
            outcome = worker.submit(work);
        } catch (RejectedExecutionException e) {
            throw new Overloaded(FailureCode.QUEUE_FULL, "as many replays wait as may", RETRY_AFTER);
        }
        try {
            return outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abandon(outcome, cancellation);
            throw new Overloaded(
                    FailureCode.DEADLINE_EXCEEDED,
                    "the replay took longer than " + timeout.toMillis() + " ms (weir.replay.timeout)",
                    RETRY_AFTER);
        } catch (InterruptedException e) {
            abandon(outcome, cancellation);
            Thread.currentThread().interrupt();
            throw new Overloaded(FailureCode.SHUTTING_DOWN, "the server is shutting down", RETRY_AFTER);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof WeirException weir
                    ? weir
                    : new PredictionFailed(FailureCode.INTERNAL_ERROR, "the replay failed", e.getCause());
        }
    }

    /** Takes it out of the queue, or stops it as far as that is possible. An interrupt would reach whatever runs next. */
    private void abandon(Future<ReplayOutcome> outcome, Cancellation cancellation) {
        outcome.cancel(false);
        worker.purge();
        cancellation.cancel();
    }

    private ReplayOutcome run(PredictionRecord record, @Nullable VersionRef other, Cancellation cancellation) {
        VersionRef ref = other == null ? record.context().version() : other;
        ModelArtifact artifact;
        try {
            artifact = source.fetch(ref);
        } catch (ArtifactRejected e) {
            return new NotReplayable(Why.VERSION_GONE, e.publicMessage());
        }
        if (other == null && !artifact.digest().equals(record.context().manifestDigest())) {
            return new NotReplayable(
                    Why.DIGEST_DIFFERS,
                    "the registry has " + artifact.digest() + " under the name of this version, and it was "
                            + record.context().manifestDigest());
        }
        return run(record.payload(), artifact, cancellation);
    }

    private ReplayOutcome run(Payload payload, ModelArtifact artifact, Cancellation cancellation) {
        PackedTensors.Contents inputs = contents(payload.inputs());
        PackedTensors.Contents outputs = contents(payload.outputs());
        List<TensorSpec> inputSpecs = artifact.manifest().signature().inputs();
        List<TensorSpec> outputSpecs = artifact.manifest().signature().outputs();
        if (!inputs.redacted().isEmpty()) {
            return new NotReplayable(Why.REDACTED, "inputs were redacted", RedactedNames.of(inputs, inputSpecs));
        }
        if (RedactedNames.isAll(outputs)) {
            return new NotReplayable(Why.REDACTED, "all outputs were redacted", RedactedNames.of(outputs, outputSpecs));
        }
        List<String> wanted = outputs.tensors().stream().map(Tensor::name).toList();
        TrialRun run;
        try {
            run = gate.ask(artifact, direct(inputs.tensors()), wanted, cancellation);
        } catch (RequestRejected e) {
            return new NotReplayable(Why.DOES_NOT_FIT, e.publicMessage());
        } catch (PredictionFailed e) {
            return new NotReplayable(Why.EXECUTION_FAILED, e.publicMessage());
        } catch (ArtifactRejected e) {
            if (!e.isLasting()) {
                throw new Overloaded(FailureCode.QUEUE_FULL, e.publicMessage(), RETRY_AFTER);
            }
            return new NotReplayable(Why.REFUSED, e.publicMessage());
        }
        Tolerance tolerance = tolerance(artifact.manifest().golden());
        AnswerComparison comparison =
                new AnswerComparison(tolerance, artifact.manifest().signature().batched());
        comparison.compare(outputs, run.outputs());
        return new Compared(
                comparison.verdict(),
                artifact.manifest().ref(),
                artifact.digest(),
                run.runtime(),
                tolerance,
                comparison.elements(),
                comparison.different(),
                comparison.largest(),
                RedactedNames.of(outputs, outputSpecs));
    }

    private static PackedTensors.Contents contents(@Nullable PackedTensors packed) {
        if (packed == null) {
            throw new IllegalStateException("asked for before");
        }
        return packed.unpack();
    }

    /** Returns what every golden sample allows: an answer within it is right by the measure of any. */
    private static @Nullable Tolerance tolerance(List<GoldenSample> golden) {
        return golden.isEmpty()
                ? null
                : new Tolerance(
                        golden.stream()
                                .mapToDouble(GoldenSample::absolute)
                                .min()
                                .orElse(0),
                        golden.stream()
                                .mapToDouble(GoldenSample::relative)
                                .min()
                                .orElse(0));
    }

    private static List<Tensor> direct(List<Tensor> tensors) {
        List<Tensor> direct = new ArrayList<>();
        for (Tensor tensor : tensors) {
            direct.add(
                    switch (tensor) {
                        case Tensor.Bytes texts -> texts;
                        case Tensor.Fixed fixed -> {
                            ByteBuffer data = fixed.data();
                            ByteBuffer copy = TensorAllocator.UNPOOLED.allocate(data.remaining());
                            copy.put(data).flip();
                            yield new Tensor.Fixed(fixed.name(), fixed.datatype(), fixed.shape(), copy);
                        }
                    });
        }
        return direct;
    }

    /** Begins no more; what runs ends with the process. */
    @PreDestroy
    void close() {
        worker.shutdownNow();
    }
}
