import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Calls the iris model inside this process, with the session options Weir gives it: what a prediction costs without a
 * server around it. Arguments: the model file, threads, seconds to warm up, seconds to measure. Prints calls per second.
 */
class InProcess {

    private static final float[] FLOWER = {5.1f, 3.5f, 1.4f, 0.2f};

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[1]);
        double warmUpSeconds = Double.parseDouble(arguments[2]);
        double seconds = Double.parseDouble(arguments[3]);
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.setMemoryPatternOptimization(false);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            try (OrtSession session = environment.createSession(arguments[0], options);
                    ExecutorService callers = Executors.newFixedThreadPool(threads)) {
                call(callers, threads, environment, session, warmUpSeconds);
                System.out.println(call(callers, threads, environment, session, seconds));
            }
        }
    }

    private static double call(
            ExecutorService callers, int threads, OrtEnvironment environment, OrtSession session, double seconds)
            throws Exception {
        List<Future<Double>> rates = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            rates.add(callers.submit(() -> callFor(environment, session, seconds)));
        }
        double sum = 0;
        for (Future<Double> rate : rates) {
            sum += rate.get();
        }
        return sum;
    }

    private static double callFor(OrtEnvironment environment, OrtSession session, double seconds) throws OrtException {
        FloatBuffer features = ByteBuffer.allocateDirect(FLOWER.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(FLOWER)
                .flip();
        long begun = System.nanoTime();
        long end = begun + (long) (seconds * 1e9);
        long calls = 0;
        long now;
        do {
            try (OnnxTensor input = OnnxTensor.createTensor(environment, features.duplicate(), new long[] {1, 4});
                    OrtSession.Result result = session.run(Map.of("features", input))) {
                long label = ((OnnxTensor) result.get(0)).getLongBuffer().get(0);
                float probability = ((OnnxTensor) result.get(1)).getFloatBuffer().get(0);
                if (label != 0 || !(probability > 0.9)) {
                    throw new AssertionError("the model answered " + label + ", " + probability);
                }
            }
            calls++;
            now = System.nanoTime();
        } while (now < end);
        return calls * 1e9 / (now - begun);
    }
}
