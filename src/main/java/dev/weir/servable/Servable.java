package dev.weir.servable;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import dev.weir.inference.VersionRef;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A loaded, warmed version that counts its uses.
 *
 * <p>Uses are counted in {@code holds}: the servable's owner has one from the start, every attempt has one from
 * {@link #retain} until its native call returns. The count reaching zero closes the model, on whichever thread gave the
 * last one back; once it is zero, {@link #retain} fails for good. So an unload during use waits, and can neither crash
 * the process nor cut an answer short.
 */
public final class Servable {

    private static final Log LOG = Log.of(Servable.class);

    private final ModelArtifact artifact;
    private final LoadedModel model;
    private final List<String> allOutputs;
    private final Runnable onClosed;
    private final ServableStatistics statistics = new ServableStatistics();
    private volatile int maxBatchRows;
    private final AtomicInteger holds = new AtomicInteger(1);
    private final AtomicInteger ownerReleases = new AtomicInteger();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /**
     * Takes a loaded model over whose native calls answer one request each.
     *
     * @param onClosed runs once, after the model is closed
     */
    public Servable(ModelArtifact artifact, LoadedModel model, Runnable onClosed) {
        this(artifact, model, 1, onClosed);
    }

    /**
     * Takes a loaded model over.
     *
     * @param maxBatchRows rows up to which one native call may answer several requests; 1 for never
     * @param onClosed runs once, after the model is closed
     */
    public Servable(ModelArtifact artifact, LoadedModel model, int maxBatchRows, Runnable onClosed) {
        this.maxBatchRows = maxBatchRows;
        this.artifact = artifact;
        this.model = model;
        this.allOutputs = artifact.manifest().signature().outputs().stream()
                .map(TensorSpec::name)
                .toList();
        this.onClosed = onClosed;
    }

    /** Returns the version. */
    public VersionRef ref() {
        return artifact.manifest().ref();
    }

    /** Returns the artifact behind it. */
    public ModelArtifact artifact() {
        return artifact;
    }

    /** Returns the version's signature. */
    public ModelSignature signature() {
        return artifact.manifest().signature();
    }

    /** Returns the protocol's name for format and runtime. */
    public String platform() {
        return model.platform();
    }

    /** Returns runtime and version. */
    public String runtime() {
        return model.runtime();
    }

    /** Returns which texts the runtime takes. */
    public TextRule textRule() {
        return model.textRule();
    }

    /** Returns the rows up to which one native call may answer several requests; 1 for never. */
    public int maxBatchRows() {
        return maxBatchRows;
    }

    /** Answers each request by a native call of its own from now on, because the model fails on several in one. */
    void refuseBatches() {
        maxBatchRows = 1;
        LOG.warn("model fails on several requests in one call")
                .with(LogKey.MODEL, ref().model())
                .with(LogKey.VERSION, ref().version())
                .write();
    }

    /** Returns the counts the protocol's statistics extension asks for. */
    public ServableStatistics statistics() {
        return statistics;
    }

    /** Returns the uses that are not over, the owner's included. */
    public int holds() {
        return holds.get();
    }

    /** Takes a use; false when the servable is closed, or about to be, and the caller must look for another. */
    public boolean retain() {
        for (; ; ) {
            int now = holds.get();
            if (now == 0) {
                return false;
            }
            if (holds.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /**
     * Gives a use back; the last one closes the model.
     *
     * @throws IllegalStateException when there is no use to give back
     */
    public void release() {
        for (; ; ) {
            int now = holds.get();
            if (now == 0) {
                throw new IllegalStateException("a use of " + ref() + " was given back twice");
            }
            if (holds.compareAndSet(now, now - 1)) {
                if (now == 1) {
                    close();
                }
                return;
            }
        }
    }

    private void close() {
        try {
            model.close();
        } catch (RuntimeException e) {
            // Whoever gave the last use back has an answer to deliver and can't help it.
            LOG.error("servable can't be closed")
                    .with(LogKey.MODEL, ref().model())
                    .with(LogKey.VERSION, ref().version())
                    .cause(e)
                    .write();
        } finally {
            onClosed.run();
            closed.complete(null);
        }
    }

    /** Returns what is done once nothing of the model is in memory any more, on the thread that gave the last use back. */
    public CompletableFuture<Void> closed() {
        return closed.copy();
    }

    /** Gives the owner's use back: nothing new is taken once the running uses are over. Further calls do nothing. */
    public void drain() {
        if (ownerReleases.getAndIncrement() == 0) {
            release();
        }
    }

    /** Runs the model; the caller holds a use until this returns. An empty list of outputs means all. */
    ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
        ModelRun run = model.run(inputs, outputs.isEmpty() ? allOutputs : outputs, cancellation);
        statistics.executed();
        return run;
    }
}
