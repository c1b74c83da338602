package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.SignatureCheck;
import dev.weir.inference.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Asks a loaded model its golden samples; a version that answers otherwise may not serve. */
final class GoldenCheck {

    private GoldenCheck() {}

    /**
     * Runs one sample, as a caller could send it, and compares.
     *
     * @param cancellation ends the run early
     * @throws ArtifactRejected naming the sample, and the input that does not fit the signature or the output and the
     *     element that differs
     */
    static void require(ModelSignature signature, LoadedModel model, GoldenSample sample, Cancellation cancellation) {
        compare(sample, ask(signature, model, sample, cancellation));
    }

    /**
     * Compares an answer with what a sample expects.
     *
     * @param actual the outputs, in the sample's order
     * @throws ArtifactRejected naming the output and the element that differs
     */
    static void compare(GoldenSample sample, List<Tensor> actual) {
        for (int i = 0; i < actual.size(); i++) {
            compare(sample, sample.outputs().get(i), actual.get(i));
        }
    }

    private static List<Tensor> ask(
            ModelSignature signature, LoadedModel model, GoldenSample sample, Cancellation cancellation) {
        List<String> names = sample.outputs().stream().map(Tensor::name).toList();
        String where = "golden sample '" + sample.name() + "': ";
        try {
            SignatureCheck.rows(signature, sample.inputs());
            SignatureCheck.requireOutputs(signature, names);
            return model.run(sample.inputs(), names, cancellation).outputs();
        } catch (RequestRejected e) {
            throw new ArtifactRejected(where + e.field() + ": " + e.publicMessage(), e);
        } catch (PredictionFailed e) {
            throw new ArtifactRejected(where + e.publicMessage(), e);
        }
    }

    private static void compare(GoldenSample sample, Tensor expected, Tensor actual) {
        String where = "golden sample '" + sample.name() + "', output '" + expected.name() + "'";
        if (expected.datatype() != actual.datatype() || !expected.shape().equals(actual.shape())) {
            throw new ArtifactRejected(where + ": expected " + expected.datatype() + expected.shape() + ", got "
                    + actual.datatype() + actual.shape());
        }
        int elements = Math.toIntExact(expected.shape().elements());
        for (int i = 0; i < elements; i++) {
            if (!matches(sample, expected, actual, i)) {
                throw new ArtifactRejected(where + ": element " + i + " is off by more than the tolerance");
            }
        }
    }

    private static boolean matches(GoldenSample sample, Tensor expected, Tensor actual, int i) {
        return switch (expected) {
            case Tensor.Bytes strings ->
                Arrays.equals(
                        strings.elements().get(i),
                        ((Tensor.Bytes) actual).elements().get(i));
            case Tensor.Fixed fixed -> {
                ByteBuffer want = fixed.data();
                ByteBuffer got = ((Tensor.Fixed) actual).data();
                yield fixed.datatype().isFloatingPoint()
                        ? close(sample, Numbers.real(fixed.datatype(), want, i), Numbers.real(fixed.datatype(), got, i))
                        : sameBytes(fixed.datatype().bytes(), want, got, i);
            }
        };
    }

    private static boolean close(GoldenSample sample, double want, double got) {
        if (Double.isNaN(want) || Double.isInfinite(want)) {
            return Double.compare(want, got) == 0;
        }
        return Math.abs(got - want) <= sample.absolute() + sample.relative() * Math.abs(want);
    }

    private static boolean sameBytes(int size, ByteBuffer want, ByteBuffer got, int i) {
        return want.slice(i * size, size).equals(got.slice(i * size, size));
    }
}
