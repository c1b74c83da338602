package dev.weir.format;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * ONNX Runtime's environment, which stays until the process is gone.
 *
 * <p>The Java API releases it in a JVM shutdown hook of its own. All hooks start at once, so that happens when a
 * shutdown begins, while requests are still answered and models still load on what was freed; they fail then, or the
 * process crashes. The native environment counts its references, and this takes one that is never given back.
 */
final class RuntimeEnvironment {

    private static final String NAME = "weir";

    /** The runtime's own lines would show what callers sent; its errors come as exceptions. */
    private static final OrtLoggingLevel QUIET = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    private RuntimeEnvironment() {}

    /**
     * Starts the runtime, quiet.
     *
     * @throws IllegalStateException when this build of the runtime can't be started so
     */
    static OrtEnvironment start() {
        RuntimeTelemetry.switchOff();
        OrtEnvironment environment = OrtEnvironment.getEnvironment(QUIET, NAME);
        try {
            environment.setTelemetry(false);
            takeReference();
        } catch (OrtException | ReflectiveOperationException e) {
            throw new IllegalStateException("ONNX Runtime can't be started", e);
        }
        return environment;
    }

    /** Creates the environment once more, as only the class itself may: that returns the same one. */
    private static void takeReference() throws ReflectiveOperationException {
        Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
        api.setAccessible(true);
        Method create = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
        create.setAccessible(true);
        create.invoke(null, api.getLong(null), QUIET.getValue(), NAME);
    }
}
