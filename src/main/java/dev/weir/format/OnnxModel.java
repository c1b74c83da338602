package dev.weir.format;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import dev.weir.inference.Utf8;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelRun;
import dev.weir.telemetry.Log;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An ONNX Runtime session.
 *
 * <p>Numeric inputs are handed over without a copy. Strings cross the runtime's Java API as modified UTF-8, which
 * garbles NUL and everything outside the Basic Multilingual Plane in both directions and says nothing; inputs that
 * hold such characters are refused, and so are outputs, which a {@link TextGuard} looks at first.
 *
 * <p>Outputs of a known shape are written into memory of ours (see {@link OutputPlan}). A file that says wrong shapes is
 * found out by its first run, at load, and served without the plan from then on.
 */
final class OnnxModel implements LoadedModel {

    private static final Log LOG = Log.of(OnnxModel.class);

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final ModelSignature signature;
    private final TextGuard textGuard;
    private final OutputPlan plan;
    private volatile boolean planHolds = true;

    /**
     * Wraps a session.
     *
     * @param signature the model file's own
     * @param batched whether axis 0 counts rows, as the manifest says
     */
    OnnxModel(
            OrtEnvironment environment,
            OrtSession session,
            ModelSignature signature,
            boolean batched,
            TextGuard textGuard) {
        this.plan = new OutputPlan(signature, batched);
        this.environment = environment;
        this.session = session;
        this.signature = signature;
        this.textGuard = textGuard;
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public String platform() {
        return "onnx_onnxv1";
    }

    @Override
    public String runtime() {
        return "onnxruntime " + environment.getVersion();
    }

    @Override
    public TextRule textRule() {
        return TextRule.BASIC_PLANE;
    }

    @Override
    public ModelRun run(List<Tensor> inputs, List<String> outputs, Cancellation cancellation) {
        long begun = System.nanoTime();
        Map<String, OnnxTensor> handed = HashMap.newHashMap(inputs.size());
        try (OrtSession.RunOptions options = new OrtSession.RunOptions()) {
            for (Tensor input : inputs) {
                handed.put(input.name(), hand(input));
            }
            long inputNanos = System.nanoTime() - begun;
            cancellation.attach(() -> terminate(options));
            try {
                return run(handed, inputs, outputs, options, cancellation, inputNanos);
            } finally {
                cancellation.detach();
            }
        } catch (OrtException e) {
            if (cancellation.isCancelled()) {
                throw new PredictionFailed(FailureCode.CANCELLED, "the model was stopped");
            }
            throw new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed on this request", e);
        } finally {
            handed.values().forEach(OnnxTensor::close);
        }
    }

    private ModelRun run(
            Map<String, OnnxTensor> handed,
            List<Tensor> inputs,
            List<String> outputs,
            OrtSession.RunOptions options,
            Cancellation cancellation,
            long inputNanos)
            throws OrtException {
        long rows = rows(inputs);
        if (!planHolds || !plan.covers(outputs, rows)) {
            return runUnplanned(handed, outputs, options, inputNanos);
        }
        try {
            return runPlanned(handed, outputs, Math.toIntExact(rows), options, inputNanos);
        } catch (OrtException e) {
            if (e.getCode() != OrtException.OrtErrorCode.ORT_INVALID_ARGUMENT || cancellation.isCancelled()) {
                throw e;
            }
            // Either the request is at fault, then this fails as well, or the model's outputs have other shapes than
            // its
            // file says.
            ModelRun run = runUnplanned(handed, outputs, options, inputNanos);
            planHolds = false;
            return run;
        }
    }

    private static long rows(List<Tensor> inputs) {
        Shape shape = inputs.getFirst().shape();
        return shape.rank() == 0 ? 0 : shape.dimension(0);
    }

    private ModelRun runPlanned(
            Map<String, OnnxTensor> handed,
            List<String> outputs,
            int rows,
            OrtSession.RunOptions options,
            long inputNanos)
            throws OrtException {
        try (OutputPlan.Pinned pinned = plan.pin(environment, outputs, rows)) {
            long begun = System.nanoTime();
            session.run(handed, Set.of(), pinned.tensors(), options).close();
            long computed = System.nanoTime();
            List<Tensor> taken = pinned.take();
            return new ModelRun(taken, inputNanos, computed - begun, System.nanoTime() - computed);
        }
    }

    private ModelRun runUnplanned(
            Map<String, OnnxTensor> handed, List<String> outputs, OrtSession.RunOptions options, long inputNanos)
            throws OrtException {
        long begun = System.nanoTime();
        try (OrtSession.Result result = session.run(handed, new LinkedHashSet<>(outputs), options)) {
            long computed = System.nanoTime();
            List<Tensor> taken = new ArrayList<>(outputs.size());
            for (int i = 0; i < outputs.size(); i++) {
                taken.add(take(outputs.get(i), result.get(i)));
            }
            return new ModelRun(taken, inputNanos, computed - begun, System.nanoTime() - computed);
        }
    }

    private static void terminate(OrtSession.RunOptions options) {
        try {
            options.setTerminate(true);
        } catch (OrtException e) {
            LOG.warn("native call can't be stopped").cause(e).write();
        }
    }

    private OnnxTensor hand(Tensor input) throws OrtException {
        long[] shape = input.shape().toArray();
        return switch (input) {
            case Tensor.Fixed fixed -> {
                OnnxJavaType type = OnnxFormat.javaType(fixed.datatype());
                if (type == null) {
                    throw new RequestRejected(
                            FailureCode.UNSUPPORTED_DATATYPE,
                            "the model's runtime takes no " + fixed.datatype(),
                            "inputs." + fixed.name());
                }
                yield OnnxTensor.createTensor(environment, fixed.data(), shape, type);
            }
            case Tensor.Bytes bytes -> {
                String[] strings = new String[bytes.elements().size()];
                for (int i = 0; i < strings.length; i++) {
                    strings[i] = text(bytes, i);
                }
                yield OnnxTensor.createTensor(environment, strings, shape);
            }
        };
    }

    private static String text(Tensor.Bytes bytes, int index) {
        String field = "inputs." + bytes.name() + ".data[" + index + "]";
        byte[] element = bytes.elements().get(index);
        TextRule.BASIC_PLANE.require(element, field);
        return Utf8.decode(element, field);
    }

    private Tensor take(String name, OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new PredictionFailed(FailureCode.INVALID_OUTPUT, "output '" + name + "' is no tensor");
        }
        Shape shape = Shape.of(tensor.getInfo().getShape());
        TensorSpec spec = signature.output(name);
        if (spec == null) {
            throw new PredictionFailed(FailureCode.INVALID_OUTPUT, "output '" + name + "' is not in the signature");
        }
        if (spec.datatype() == DataType.BYTES) {
            return strings(name, shape, tensor);
        }
        ByteBuffer data = tensor.getByteBuffer();
        return new Tensor.Fixed(name, spec.datatype(), shape, data.order(ByteOrder.nativeOrder()));
    }

    private Tensor strings(String name, Shape shape, OnnxTensor tensor) throws OrtException {
        if (shape.elements() > 0 && !textGuard.passes(tensor)) {
            throw new PredictionFailed(
                    FailureCode.INVALID_OUTPUT,
                    "output '" + name + "' holds a character that the model's runtime can't hand over unharmed");
        }
        List<byte[]> elements = new ArrayList<>(Math.toIntExact(shape.elements()));
        flatten(name, tensor.getValue(), elements);
        return new Tensor.Bytes(name, shape, elements);
    }

    private static void flatten(String name, Object value, List<byte[]> into) {
        switch (value) {
            case String text -> into.add(Utf8.encode(text, name));
            case Object[] nested -> {
                for (Object element : nested) {
                    flatten(name, element, into);
                }
            }
            default -> throw new AssertionError("a string tensor holds strings");
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            LOG.error("session can't be closed").cause(e).write();
        }
        NativeHeap.giveBack();
    }
}
