package dev.weir.format;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.SessionSettings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * TorchScript models on PyTorch, through DJL.
 *
 * <p>A TorchScript file names neither its outputs nor any shape, so the signature is the manifest's: what the file says
 * of its {@code forward} is held against it, and so is the answer to a first run.
 *
 * <p>PyTorch has one number of threads per operator for the whole process. Here it is 1, and a version that asks for
 * another is refused, as are all settings that this runtime can't follow.
 */
@Singleton
public class TorchScriptFormat implements ModelFormat {

    private static final String[] NO_EXTRA_FILES = {};

    private final TorchEngine engine;

    /** Names where native libraries go, below the state directory; the engine starts with the first model. */
    @Inject
    public TorchScriptFormat(@ConfigProperty(name = "weir.state.directory") Path state) {
        engine = new TorchEngine(state.resolve("native"));
    }

    @Override
    public String name() {
        return "torchscript";
    }

    @Override
    public LoadedModel load(ModelArtifact artifact) {
        requireFollowable(artifact.manifest().session());
        ModelSignature promised = artifact.manifest().signature();
        requireCarried("input", promised.inputs());
        requireCarried("output", promised.outputs());
        TorchScriptForward forward = TorchScriptArchive.forward(artifact.model());
        forward.requireFit(promised);

        PtNDManager manager = engine.manager();
        try {
            PtSymbolBlock module = open(manager, artifact.model());
            TorchScriptModel model = new TorchScriptModel(manager, module, promised, forward.result());
            TorchScriptTrial.run(model, artifact.manifest());
            return new GuardedModel(model);
        } catch (RuntimeException e) {
            manager.close();
            throw e instanceof WeirException known ? known : new ArtifactRejected("PyTorch fails on the model", e);
        }
    }

    private static PtSymbolBlock open(PtNDManager manager, Path model) {
        try {
            PtSymbolBlock module = JniUtils.loadModule(manager, model, true, NO_EXTRA_FILES, NO_EXTRA_FILES, false);
            JniUtils.enableInferenceMode(module);
            return module;
        } catch (RuntimeException e) {
            throw new ArtifactRejected("PyTorch refuses the model", e);
        }
    }

    private static void requireFollowable(SessionSettings settings) {
        if (settings.executionProvider() != SessionSettings.ExecutionProvider.CPU) {
            throw new ArtifactRejected(
                    "the manifest asks for execution provider cuda, but TorchScript models run on the processor here;"
                            + " set execution_provider to cpu");
        }
        if (settings.intraOpThreads() != 1) {
            throw new ArtifactRejected("the manifest asks for " + settings.intraOpThreads()
                    + " intra_op_threads, but PyTorch has one number for the whole process, and here it is 1");
        }
        if (settings.graphOptimization() != SessionSettings.GraphOptimization.ALL) {
            throw new ArtifactRejected("PyTorch can't be told graph_optimization for one model; leave it out");
        }
        if (settings.deterministic()) {
            throw new ArtifactRejected("PyTorch can't be told deterministic for one model; leave it out");
        }
    }

    private static void requireCarried(String kind, List<TensorSpec> specs) {
        for (TensorSpec spec : specs) {
            if (type(spec.datatype()) == null) {
                throw new ArtifactRejected(kind + " '" + spec.name() + "' is promised as " + spec.datatype()
                        + ", which DJL's PyTorch engine can't carry");
            }
        }
    }

    /**
     * Returns the runtime's element type, or null when it has none. DJL's own list is longer, but its native part ends
     * the process on the types that are missing here.
     */
    static @Nullable DataType type(dev.weir.inference.DataType datatype) {
        return switch (datatype) {
            case BOOL -> DataType.BOOLEAN;
            case UINT8 -> DataType.UINT8;
            case INT8 -> DataType.INT8;
            case INT32 -> DataType.INT32;
            case INT64 -> DataType.INT64;
            case FP16 -> DataType.FLOAT16;
            case FP32 -> DataType.FLOAT32;
            case FP64 -> DataType.FLOAT64;
            case UINT16, UINT32, UINT64, INT16, BF16, BYTES -> null;
        };
    }
}
