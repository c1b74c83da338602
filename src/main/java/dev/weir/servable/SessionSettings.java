package dev.weir.servable;

/**
 * How the runtime should run a version.
 *
 * @param executionProvider the hardware
 * @param intraOpThreads threads one operator may use; 1 leaves parallelism to concurrent requests
 * @param graphOptimization how far the runtime may rewrite the graph
 * @param deterministic whether the runtime must prefer repeatable kernels
 */
public record SessionSettings(
        ExecutionProvider executionProvider,
        int intraOpThreads,
        GraphOptimization graphOptimization,
        boolean deterministic) {

    /** What a manifest gets that says nothing. */
    public static final SessionSettings DEFAULT =
            new SessionSettings(ExecutionProvider.CPU, 1, GraphOptimization.ALL, false);

    /** The most threads one operator may be given. */
    public static final int MAX_INTRA_OP_THREADS = 256;

    /**
     * Checks the thread count.
     *
     * @throws IllegalArgumentException when it is outside 1 to 256
     */
    public SessionSettings {
        if (intraOpThreads < 1 || intraOpThreads > MAX_INTRA_OP_THREADS) {
            throw new IllegalArgumentException(
                    "intra_op_threads must be 1 to " + MAX_INTRA_OP_THREADS + ", but is " + intraOpThreads);
        }
    }

    /** Hardware a version runs on. */
    public enum ExecutionProvider {
        /** The processor. */
        CPU,
        /** An NVIDIA GPU through CUDA. */
        CUDA
    }

    /** How far the runtime may rewrite the graph. */
    public enum GraphOptimization {
        /** Not at all. */
        NONE,
        /** Semantics-preserving rewrites. */
        BASIC,
        /** And fusions. */
        EXTENDED,
        /** And layouts. */
        ALL
    }
}
