package dev.weir.format;

import dev.weir.inference.ModelSignature;
import dev.weir.inference.Tensor;
import dev.weir.inference.TextRule;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelRun;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a native model and those who would close it while it runs, which would crash the process. A close
 * takes effect once no run is left, on the thread of the last one; a run that comes later is refused.
 *
 * <p>Lock-free: {@code state} counts the runs, and its sign says that the model was closed.
 */
final class GuardedModel implements LoadedModel {

    private static final int CLOSED = Integer.MIN_VALUE;

    private final LoadedModel model;
    private final AtomicInteger state = new AtomicInteger();

    GuardedModel(LoadedModel model) {
        this.model = model;
    }

    @Override
    public ModelSignature signature() {
        return model.signature();
    }

    @Override
    public String platform() {
        return model.platform();
    }

    @Override
    public String runtime() {
        return model.runtime();
    }

    @Override
    public TextRule textRule() {
        return model.textRule();
    }

    @Override
    public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
        enter();
        try {
            return model.run(inputs, outputs, cancellation);
        } finally {
            if (state.decrementAndGet() == CLOSED) {
                model.close();
            }
        }
    }

    private void enter() {
        for (; ; ) {
            int now = state.get();
            if (now < 0) {
                throw new IllegalStateException("the model is closed");
            }
            if (state.compareAndSet(now, now + 1)) {
                return;
            }
        }
    }

    @Override
    public void close() {
        int before = state.getAndUpdate(now -> now | CLOSED);
        if (before == 0) {
            model.close();
        }
    }
}
