package dev.weir.format;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.SessionSettings;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * ONNX models on ONNX Runtime.
 *
 * <p>The runtime's Java API takes no unsigned 16-, 32- or 64-bit tensors, so models that have them are refused at load.
 */
@Singleton
public class OnnxFormat implements ModelFormat {

    /**
     * Smaller models allocate from the process: an arena's one lock costs them more than the allocations, and its blocks
     * are never given back.
     */
    private static final long ARENA_BYTES = 1 << 20;

    private static final SessionSettings UNOPTIMIZED = new SessionSettings(
            SessionSettings.ExecutionProvider.CPU, 1, SessionSettings.GraphOptimization.NONE, false);

    private final OrtEnvironment environment;
    private final TextGuard textGuard;

    /** Starts the runtime. */
    public OnnxFormat() {
        environment = RuntimeEnvironment.start();
        try {
            textGuard = new TextGuard(environment);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime can't be started", e);
        }
    }

    @Override
    public String name() {
        return "onnx";
    }

    @Override
    public String conventionalFile() {
        return "model.onnx";
    }

    @Override
    public LoadedModel load(ModelArtifact artifact) {
        OnnxInspection.require(artifact);
        SessionSettings settings = artifact.manifest().session();
        OrtSession session = open(artifact, settings);
        try {
            return new GuardedModel(new OnnxModel(
                    environment,
                    session,
                    signature(session),
                    artifact.manifest().signature().batched(),
                    textGuard));
        } catch (OrtException | RuntimeException e) {
            close(session);
            throw e instanceof ArtifactRejected rejected
                    ? rejected
                    : new ArtifactRejected("the model's signature can't be read", e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Axis 0 counts rows if it is open in every input and output. What the file says of shapes is all there is: no
     * features, no labels, and no leave for values that are not finite.
     */
    @Override
    public ModelSignature describe(Path directory, List<ArtifactFile> files) {
        ModelArtifact undescribed =
                ModelDescriber.undescribed(new VersionRef("undescribed", "0"), name(), directory, files);
        OnnxInspection.require(undescribed);
        try (OrtSession session = open(undescribed, UNOPTIMIZED)) {
            ModelSignature said = signature(session);
            return new ModelSignature(strict(said.inputs()), strict(said.outputs()), hasOpenFirstAxes(said));
        } catch (OrtException | IllegalArgumentException e) {
            throw new ArtifactRejected("the model's signature can't be read", e);
        }
    }

    private static List<TensorSpec> strict(List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> new TensorSpec(spec.name(), spec.datatype(), spec.shape(), List.of(), List.of(), false))
                .toList();
    }

    private static boolean hasOpenFirstAxes(ModelSignature signature) {
        return Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                .map(TensorSpec::shape)
                .allMatch(shape -> shape.rank() > 0 && shape.dimension(0) == ShapePattern.ANY);
    }

    private OrtSession open(ModelArtifact artifact, SessionSettings settings) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(settings.intraOpThreads());
            options.setInterOpNumThreads(1);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(level(settings.graphOptimization()));
            boolean arena = Files.size(artifact.model()) >= ARENA_BYTES;
            options.setCPUArenaAllocator(arena);
            options.setMemoryPatternOptimization(arena);
            options.setDeterministicCompute(settings.deterministic());
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            // The runtime must read the file as what was inspected, whatever its name or first bytes say.
            options.addConfigEntry("session.load_model_format", "ONNX");
            addProvider(options, settings.executionProvider());
            return environment.createSession(artifact.model().toString(), options);
        } catch (OrtException e) {
            throw new ArtifactRejected("ONNX Runtime refuses the model (" + e.getCode() + ")", e);
        } catch (IOException e) {
            throw ArtifactRejected.forNow("the model's file can't be read", e);
        }
    }

    private static void addProvider(OrtSession.SessionOptions options, SessionSettings.ExecutionProvider provider)
            throws OrtException {
        switch (provider) {
            case CPU -> {}
            case CUDA -> {
                if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
                    throw new ArtifactRejected("the manifest asks for execution provider cuda, but this build of ONNX"
                            + " Runtime has none; use the GPU build, or set execution_provider to cpu");
                }
                try {
                    options.addCUDA();
                } catch (OrtException e) {
                    throw new ArtifactRejected(
                            "the manifest asks for execution provider cuda, but no CUDA device can be used here", e);
                }
            }
        }
    }

    private static OrtSession.SessionOptions.OptLevel level(SessionSettings.GraphOptimization optimization) {
        return switch (optimization) {
            case NONE -> OrtSession.SessionOptions.OptLevel.NO_OPT;
            case BASIC -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
            case EXTENDED -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
            case ALL -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
        };
    }

    /** Reads the signature; a model file does not say whether axis 0 counts rows, so here it never does. */
    private static ModelSignature signature(OrtSession session) throws OrtException {
        return new ModelSignature(
                specs("input", session.getInputInfo()), specs("output", session.getOutputInfo()), false);
    }

    private static List<TensorSpec> specs(String kind, Map<String, NodeInfo> nodes) {
        List<TensorSpec> specs = new ArrayList<>();
        for (NodeInfo node : nodes.values()) {
            if (!(node.getInfo() instanceof TensorInfo tensor)) {
                throw new ArtifactRejected(
                        kind + " '" + node.getName() + "' is no tensor; export the model without maps and sequences");
            }
            DataType datatype = datatype(tensor);
            if (datatype == null) {
                throw new ArtifactRejected(kind + " '" + node.getName() + "' has type " + tensor.onnxType
                        + ", which ONNX Runtime's Java API can't carry");
            }
            specs.add(new TensorSpec(
                    node.getName(), datatype, ShapePattern.of(tensor.getShape()), List.of(), List.of(), true));
        }
        return specs;
    }

    /** Returns the datatype of a tensor, or null when the Java API can't carry it. */
    private static @Nullable DataType datatype(TensorInfo tensor) {
        return switch (tensor.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> DataType.BOOL;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> DataType.UINT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> DataType.INT8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> DataType.INT16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> DataType.INT32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> DataType.INT64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> DataType.FP16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> DataType.BF16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> DataType.FP32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> DataType.FP64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> DataType.BYTES;
            default -> null;
        };
    }

    /** Returns the runtime's element type, or null when it has none. */
    static @Nullable OnnxJavaType javaType(DataType datatype) {
        return switch (datatype) {
            case BOOL -> OnnxJavaType.BOOL;
            case UINT8 -> OnnxJavaType.UINT8;
            case INT8 -> OnnxJavaType.INT8;
            case INT16 -> OnnxJavaType.INT16;
            case INT32 -> OnnxJavaType.INT32;
            case INT64 -> OnnxJavaType.INT64;
            case FP16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            case FP32 -> OnnxJavaType.FLOAT;
            case FP64 -> OnnxJavaType.DOUBLE;
            case BYTES -> OnnxJavaType.STRING;
            case UINT16, UINT32, UINT64 -> null;
        };
    }

    private static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new ArtifactRejected("the model's session can't be closed", e);
        }
    }
}
