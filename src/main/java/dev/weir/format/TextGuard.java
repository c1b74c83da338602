package dev.weir.format;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Looks at the bytes of a string tensor before they become Java strings.
 *
 * <p>On that way the runtime cuts strings at NUL and turns characters above U+FFFF, and bytes that are no UTF-8, into
 * other characters, shortening the string; afterwards nobody can tell. Its API shows the bytes to nobody but a model,
 * so a model looks: one regular expression over the tensor as it stands in native memory, a few microseconds. It is
 * made by {@code src/test/python/make_models.py}.
 *
 * <p>Thread-safe. Lives as long as the process.
 */
final class TextGuard {

    private static final String MODEL = "plain_text.onnx";
    private static final String INPUT = "text";

    private final OrtSession session;

    TextGuard(OrtEnvironment environment) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(model(), options);
        }
    }

    private static byte[] model() {
        try (InputStream in = TextGuard.class.getResourceAsStream(MODEL)) {
            if (in == null) {
                throw new IllegalStateException(MODEL + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(MODEL + " can't be read", e);
        }
    }

    /** Says whether every string of a tensor becomes a Java string unharmed. */
    boolean passes(OnnxTensor strings) throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(INPUT, strings))) {
            ByteBuffer plain = ((OnnxTensor) result.get(0)).getByteBuffer();
            while (plain.hasRemaining()) {
                if (plain.get() == 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
