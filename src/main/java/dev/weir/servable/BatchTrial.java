package dev.weir.servable;

import dev.weir.failure.WeirException;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorRows;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.Ticker;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds out at load whether one native call should answer several requests: the version must answer its first golden
 * sample as it must when that comes several times in one call, and several in one call must be worth it.
 */
final class BatchTrial {

    private static final int COPIES = 4;
    private static final int RUNS = 5;

    /** Longer runs are not worth it: what is saved is the cost of the call, and who waits longest waits for all. */
    private static final long MAX_SINGLE_NANOS = 2_000_000;

    /** Part of the time of single calls that a joined one may take at most. */
    private static final double WORTH = 0.75;

    private final LoadedModel model;
    private final GoldenSample sample;
    private final Ticker ticker;
    private final Cancellation cancellation;

    private BatchTrial(LoadedModel model, GoldenSample sample, Ticker ticker, Cancellation cancellation) {
        this.model = model;
        this.sample = sample;
        this.ticker = ticker;
        this.cancellation = cancellation;
    }

    /**
     * Says whether it pays. Runs the model a few dozen times if a run is short; a version that must give repeatable
     * answers, has no golden samples or takes a fixed number of rows is not tried.
     *
     * @param cancellation ends the runs early
     */
    static boolean pays(LoadedModel model, ModelManifest manifest, Ticker ticker, Cancellation cancellation) {
        if (manifest.golden().isEmpty()
                || manifest.session().deterministic()
                || !manifest.signature().batched()
                || !takesAnyRows(manifest)) {
            return false;
        }
        return new BatchTrial(model, manifest.golden().getFirst(), ticker, cancellation).pays();
    }

    private static boolean takesAnyRows(ModelManifest manifest) {
        return Stream.concat(manifest.signature().inputs().stream(), manifest.signature().outputs().stream())
                .map(TensorSpec::shape)
                .allMatch(shape -> shape.dimension(0) == ShapePattern.ANY);
    }

    private boolean pays() {
        try {
            List<String> names = sample.outputs().stream().map(Tensor::name).toList();
            long single = time(sample.inputs(), names);
            if (single > MAX_SINGLE_NANOS) {
                return false;
            }
            List<Tensor> joined =
                    TensorRows.join(Collections.nCopies(COPIES, sample.inputs()), TensorAllocator.UNPOOLED);
            int[] rows = new int[COPIES];
            Arrays.fill(rows, Math.toIntExact(sample.inputs().getFirst().shape().dimension(0)));
            List<Tensor> answers = model.run(joined, names, cancellation).outputs();
            TensorRows.split(answers, rows).forEach(answer -> GoldenCheck.compare(sample, answer));
            return time(joined, names) < WORTH * COPIES * single;
        } catch (WeirException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns the shortest of a few runs, in nanoseconds. */
    private long time(List<Tensor> inputs, List<String> outputs) {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < RUNS && (i == 0 || shortest <= MAX_SINGLE_NANOS * COPIES); i++) {
            long begun = ticker.nanos();
            model.run(inputs, outputs, cancellation);
            shortest = Math.min(shortest, ticker.nanos() - begun);
        }
        return shortest;
    }
}
