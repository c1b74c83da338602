package dev.weir.replay;

import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.replay.ReplayOutcome.Difference;
import dev.weir.replay.ReplayOutcome.Tolerance;
import dev.weir.replay.ReplayOutcome.Verdict;
import dev.weir.servable.Numbers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares an answer with a recorded one, element by element, but for what was redacted. Not thread-safe; used once. */
final class AnswerComparison {

    private static final int MOST_SHOWN = 200;

    private final @Nullable Tolerance tolerance;
    private final boolean batched;
    private long elements;
    private long different;
    private boolean beyond;
    private @Nullable Difference largest;

    AnswerComparison(@Nullable Tolerance tolerance, boolean batched) {
        this.tolerance = tolerance;
        this.batched = batched;
    }

    /** Compares every output. */
    void compare(PackedTensors.Contents recorded, List<Tensor> replayed) {
        for (int i = 0; i < recorded.tensors().size(); i++) {
            compare(
                    recorded.tensors().get(i),
                    replayed.get(i),
                    PackedTensors.taken(recorded, i).keySet());
        }
    }

    private void compare(Tensor recorded, Tensor replayed, Set<Integer> taken) {
        if (recorded.datatype() != replayed.datatype() || !recorded.shape().equals(replayed.shape())) {
            elements++;
            note(new Difference(recorded.name(), 0, null, form(recorded), form(replayed), null), true);
            return;
        }
        int count = Math.toIntExact(recorded.shape().elements());
        for (int i = 0; i < count; i++) {
            if (!taken.contains(i)) {
                elements++;
                compare(recorded, replayed, i);
            }
        }
    }

    private static String form(Tensor tensor) {
        return tensor.datatype() + tensor.shape().toString();
    }

    private void compare(Tensor recorded, Tensor replayed, int i) {
        if (recorded instanceof Tensor.Fixed one && replayed instanceof Tensor.Fixed other) {
            int size = one.datatype().bytes();
            if (!one.data().slice(i * size, size).equals(other.data().slice(i * size, size))) {
                double was = number(one, i);
                double is = number(other, i);
                boolean isClose = one.datatype().isFloatingPoint() && isClose(was, is);
                note(difference(one, i, text(one, i), text(other, i), apart(was, is)), !isClose);
            }
        } else if (recorded instanceof Tensor.Bytes one && replayed instanceof Tensor.Bytes other) {
            byte[] was = one.elements().get(i);
            byte[] is = other.elements().get(i);
            if (!Arrays.equals(was, is)) {
                note(difference(one, i, text(was), text(is), null), true);
            }
        }
    }

    private boolean isClose(double was, double is) {
        if (Double.compare(was, is) == 0 || was == is) {
            return true;
        }
        return tolerance != null
                && Double.isFinite(was)
                && Math.abs(is - was) <= tolerance.absolute() + tolerance.relative() * Math.abs(was);
    }

    private static @Nullable Double apart(double was, double is) {
        double apart = Math.abs(is - was);
        return Double.isFinite(apart) ? apart : null;
    }

    private Difference difference(
            Tensor tensor, int element, String recorded, String replayed, @Nullable Double apart) {
        Shape shape = tensor.shape();
        long rows = batched && shape.rank() > 0 ? shape.dimension(0) : 0;
        return new Difference(
                tensor.name(),
                element,
                rows == 0 ? null : element / (shape.elements() / rows),
                recorded,
                replayed,
                apart);
    }

    private void note(Difference difference, boolean isBeyond) {
        different++;
        // What is beyond the tolerance goes before what is not; what is no number before what is.
        if (largest == null || (isBeyond && !beyond) || (isBeyond == beyond && size(difference) > size(largest))) {
            largest = difference;
        }
        beyond |= isBeyond;
    }

    private static double size(Difference difference) {
        return difference.by() == null ? Double.POSITIVE_INFINITY : difference.by();
    }

    private static double number(Tensor.Fixed tensor, int i) {
        ByteBuffer data = tensor.data();
        return switch (tensor.datatype()) {
            case FP16, BF16, FP32, FP64 -> Numbers.real(tensor.datatype(), data, i);
            case BOOL, UINT8 -> Byte.toUnsignedInt(data.get(i));
            case INT8 -> data.get(i);
            case UINT16 -> Short.toUnsignedInt(data.getShort(i * Short.BYTES));
            case INT16 -> data.getShort(i * Short.BYTES);
            case UINT32 -> Integer.toUnsignedLong(data.getInt(i * Integer.BYTES));
            case INT32 -> data.getInt(i * Integer.BYTES);
            case UINT64 -> unsigned(data.getLong(i * Long.BYTES));
            case INT64 -> data.getLong(i * Long.BYTES);
            case BYTES -> throw new AssertionError("byte strings have no fixed size");
        };
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : 2.0 * (value >>> 1);
    }

    private static String text(Tensor.Fixed tensor, int i) {
        ByteBuffer data = tensor.data();
        return switch (tensor.datatype()) {
            case FP32 -> Float.toString(data.getFloat(i * Float.BYTES));
            case FP16, BF16 -> Float.toString((float) number(tensor, i));
            case FP64 -> Double.toString(data.getDouble(i * Double.BYTES));
            case UINT64 -> Long.toUnsignedString(data.getLong(i * Long.BYTES));
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> {
                int size = tensor.datatype().bytes();
                yield size == Long.BYTES
                        ? Long.toString(data.getLong(i * size))
                        : Long.toString((long) number(tensor, i));
            }
            case BYTES -> throw new AssertionError("byte strings have no fixed size");
        };
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            text = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, MOST_SHOWN / 2));
        }
        return text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text;
    }

    long elements() {
        return elements;
    }

    long different() {
        return different;
    }

    @Nullable
    Difference largest() {
        return largest;
    }

    Verdict verdict() {
        return different == 0 ? Verdict.IDENTICAL : beyond ? Verdict.DIFFERENT : Verdict.WITHIN_TOLERANCE;
    }
}
