package dev.weir.format;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.LibUtils;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.format.TorchScriptForward.Result;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelRun;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript module.
 *
 * <p>Inputs are copied into PyTorch's own memory: a module may keep what it was given, and a request's memory is handed
 * to another request afterwards. What one run took in native memory is freed when it ends, whichever way.
 *
 * <p>A run can't be stopped. One that was cancelled before it began does not begin; another is computed to its end, and
 * its answer thrown away.
 */
final class TorchScriptModel implements LoadedModel {

    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final ModelSignature signature;
    private final Result result;
    private final Map<String, Integer> places = new HashMap<>();

    /**
     * Wraps a module.
     *
     * @param manager owns the module, and is closed with this
     * @param signature the manifest's
     * @param result what the module's outputs come as
     */
    TorchScriptModel(PtNDManager manager, PtSymbolBlock module, ModelSignature signature, Result result) {
        this.manager = manager;
        this.module = module;
        this.signature = signature;
        this.result = result;
        for (TensorSpec output : signature.outputs()) {
            places.put(output.name(), places.size());
        }
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public String platform() {
        return "pytorch_libtorch";
    }

    @Override
    public String runtime() {
        return "pytorch " + LibUtils.getVersion();
    }

    @Override
    public TextRule textRule() {
        return TextRule.ANY;
    }

    @Override
    public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
        requireWanted(cancellation);
        try (PtNDManager scope = (PtNDManager) manager.newSubManager();
                Values values = new Values()) {
            long begun = System.nanoTime();
            IValue[] handed = hand(inputs, scope, values);
            long ready = System.nanoTime();
            IValue given = values.keep(module.forward(handed));
            long computed = System.nanoTime();
            requireWanted(cancellation);
            List<Tensor> taken = take(given, outputs, scope, values);
            return new ModelRun(taken, ready - begun, computed - ready, System.nanoTime() - computed);
        } catch (WeirException e) {
            throw e;
        } catch (RuntimeException e) {
            requireWanted(cancellation);
            throw new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed on this request", e);
        }
    }

    private static void requireWanted(Cancellation cancellation) {
        if (cancellation.isCancelled()) {
            throw new PredictionFailed(FailureCode.CANCELLED, "the model was stopped");
        }
    }

    /** Copies the inputs, in the order in which the module takes them. */
    private IValue[] hand(List<Tensor> inputs, PtNDManager scope, Values values) {
        IValue[] handed = new IValue[signature.inputs().size()];
        for (int i = 0; i < handed.length; i++) {
            String name = signature.inputs().get(i).name();
            Tensor.Fixed input = fixed(named(inputs, name));
            DataType type = type(input);
            ai.djl.ndarray.types.Shape shape =
                    new ai.djl.ndarray.types.Shape(input.shape().toArray());
            PtNDArray borrowed = scope.create(input.data(), shape, type);
            handed[i] = values.keep(IValue.from((PtNDArray) borrowed.duplicate()));
        }
        return handed;
    }

    private static Tensor named(List<Tensor> tensors, String name) {
        for (Tensor tensor : tensors) {
            if (tensor.name().equals(name)) {
                return tensor;
            }
        }
        throw new IllegalArgumentException("there is no input '" + name + "'");
    }

    private static Tensor.Fixed fixed(Tensor input) {
        return switch (input) {
            case Tensor.Fixed fixed -> fixed;
            case Tensor.Bytes bytes -> throw unsupported(bytes);
        };
    }

    private static DataType type(Tensor.Fixed input) {
        DataType type = TorchScriptFormat.type(input.datatype());
        if (type == null) {
            throw unsupported(input);
        }
        return type;
    }

    private static RequestRejected unsupported(Tensor input) {
        return new RequestRejected(
                FailureCode.UNSUPPORTED_DATATYPE,
                "the model's runtime takes no " + input.datatype(),
                "inputs." + input.name());
    }

    private List<Tensor> take(IValue given, List<String> outputs, PtNDManager scope, Values values) {
        List<Tensor> taken = new ArrayList<>(outputs.size());
        switch (result) {
            case Result.Single() -> taken.add(take(outputs.getFirst(), given, scope));
            case Result.Tuple(int size) -> takeByPlace(values.keep(given.toIValueTuple()), outputs, scope, taken);
            case Result.Sequence() -> takeByPlace(values.keep(given.toIValueArray()), outputs, scope, taken);
            case Result.Named() -> {
                Map<String, IValue> byName = given.toIValueMap();
                byName.values().forEach(values::keep);
                outputs.forEach(name -> taken.add(take(name, byName.get(name), scope)));
            }
        }
        return taken;
    }

    private void takeByPlace(IValue[] elements, List<String> outputs, PtNDManager scope, List<Tensor> taken) {
        if (elements.length != places.size()) {
            throw new PredictionFailed(
                    FailureCode.INVALID_OUTPUT,
                    "the model gave " + elements.length + " outputs instead of " + places.size());
        }
        for (String name : outputs) {
            Integer place = places.get(name);
            taken.add(take(name, place == null ? null : elements[place], scope));
        }
    }

    private Tensor take(String name, @Nullable IValue value, PtNDManager scope) {
        TensorSpec spec = signature.output(name);
        if (spec == null || value == null) {
            throw new PredictionFailed(FailureCode.INVALID_OUTPUT, "the model gave no output '" + name + "'");
        }
        PtNDArray array = value.toTensor(scope);
        if (array.isSparse()) {
            throw new PredictionFailed(FailureCode.INVALID_OUTPUT, "output '" + name + "' is sparse");
        }
        if (array.getDataType() != TorchScriptFormat.type(spec.datatype())) {
            throw new PredictionFailed(
                    FailureCode.INVALID_OUTPUT,
                    "output '" + name + "' is promised as " + spec.datatype() + ", but the model gave "
                            + array.getDataType());
        }
        Shape shape = Shape.of(array.getShape().getShape());
        if (!spec.shape().matches(shape)) {
            throw new PredictionFailed(
                    FailureCode.INVALID_OUTPUT,
                    "output '" + name + "' is promised with shape " + spec.shape() + ", but the model gave " + shape);
        }
        return new Tensor.Fixed(name, spec.datatype(), shape, heap(array, shape.elements()));
    }

    private static ByteBuffer heap(PtNDArray array, long elements) {
        if (elements == 0) {
            return ByteBuffer.allocate(0);
        }
        ByteBuffer direct = array.toByteBuffer(true);
        ByteBuffer heap = ByteBuffer.allocate(direct.capacity()).order(ByteOrder.nativeOrder());
        return heap.put(0, direct, 0, direct.capacity());
    }

    @Override
    public void close() {
        manager.close();
    }

    /** Native values of one run, freed together. For one thread. */
    private static final class Values implements AutoCloseable {

        private final List<IValue> kept = new ArrayList<>();

        IValue keep(IValue value) {
            kept.add(value);
            return value;
        }

        IValue[] keep(IValue[] values) {
            kept.addAll(List.of(values));
            return values;
        }

        @Override
        public void close() {
            kept.forEach(IValue::close);
        }
    }
}
