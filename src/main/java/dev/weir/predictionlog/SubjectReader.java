package dev.weir.predictionlog;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a request's inputs what stands for all of it: whom it is about, or what it sticks to. Made once for a feature and a signature; used by every request. Thread-safe;
 * does not block.
 */
public final class SubjectReader {

    private final String feature;
    private final String tensor;
    private final @Nullable Integer column;
    private final String purpose;

    private SubjectReader(String feature, String tensor, @Nullable Integer column, String purpose) {
        this.feature = feature;
        this.tensor = tensor;
        this.column = column;
        this.purpose = purpose;
    }

    /**
     * Makes the reader of a feature.
     *
     * @param feature a column that a signature names, or a tensor
     * @return the reader; null when the inputs have no such feature, or it can't name anybody
     */
    public static @Nullable SubjectReader of(SubjectSource.Feature feature, List<TensorSpec> inputs) {
        return of(feature, inputs, "says whom a request is about");
    }

    /**
     * Makes the reader of a feature.
     *
     * @param purpose what the feature does, for those who send one that can't
     */
    public static @Nullable SubjectReader of(SubjectSource.Feature feature, List<TensorSpec> inputs, String purpose) {
        for (TensorSpec spec : inputs) {
            int column = spec.features().indexOf(feature.name());
            if ((column >= 0 || spec.name().equals(feature.name())) && namesSomebody(spec.datatype())) {
                return new SubjectReader(feature.name(), spec.name(), column >= 0 ? column : null, purpose);
            }
        }
        return null;
    }

    private static boolean namesSomebody(DataType datatype) {
        return switch (datatype) {
            case UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP32, FP64, BYTES -> true;
            case BOOL, FP16, BF16 -> false;
        };
    }

    /**
     * Returns the subject as a text: a byte string as it is, an integer, or a number that is one, in decimal digits; so a
     * subject has one key, whether a header names it or a feature does.
     *
     * @return the subject, or null when the request has the feature in no row, or it is empty
     * @throws RequestRejected naming the feature when it is not the same in all rows, or no number that could be one
     */
    public @Nullable String read(List<Tensor> inputs) {
        for (Tensor input : inputs) {
            if (input.name().equals(tensor)) {
                return read(input);
            }
        }
        return null;
    }

    private @Nullable String read(Tensor input) {
        int elements = Math.toIntExact(input.shape().elements());
        int columns = column == null ? 1 : PackedTensors.columns(input.shape());
        int first = column == null ? 0 : column;
        for (int i = first + columns; i < elements; i += columns) {
            if (!same(input, first, i)) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "'" + feature + "' " + purpose + ", and must be the same in all rows of a request",
                        feature);
            }
        }
        String subject = first < elements ? text(input, first) : "";
        return subject.isEmpty() ? null : subject;
    }

    private static boolean same(Tensor tensor, int one, int other) {
        return switch (tensor) {
            case Tensor.Bytes texts ->
                Arrays.equals(texts.elements().get(one), texts.elements().get(other));
            case Tensor.Fixed fixed -> {
                int size = fixed.datatype().bytes();
                ByteBuffer data = fixed.data();
                yield data.slice(one * size, size).equals(data.slice(other * size, size));
            }
        };
    }

    private String text(Tensor tensor, int at) {
        return switch (tensor) {
            case Tensor.Bytes texts -> new String(texts.elements().get(at), StandardCharsets.UTF_8);
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                int place = at * fixed.datatype().bytes();
                yield switch (fixed.datatype()) {
                    case UINT8 -> Integer.toString(Byte.toUnsignedInt(data.get(place)));
                    case UINT16 -> Integer.toString(Short.toUnsignedInt(data.getShort(place)));
                    case UINT32 -> Integer.toUnsignedString(data.getInt(place));
                    case UINT64 -> Long.toUnsignedString(data.getLong(place));
                    case INT8 -> Byte.toString(data.get(place));
                    case INT16 -> Short.toString(data.getShort(place));
                    case INT32 -> Integer.toString(data.getInt(place));
                    case INT64 -> Long.toString(data.getLong(place));
                    case FP32 -> number(data.getFloat(place), 1L << 24);
                    case FP64 -> number(data.getDouble(place), 1L << 53);
                    case BOOL, FP16, BF16, BYTES -> throw new AssertionError("such a feature names nobody");
                };
            }
        };
    }

    /** Writes a whole number; beyond the last that has a neighbour on both sides, two subjects would be one. */
    private String number(double value, long most) {
        if (value != Math.rint(value) || Math.abs(value) > most) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "'" + feature + "' " + purpose + ", and must be a whole number that its datatype holds exactly",
                    feature);
        }
        return Long.toString((long) value);
    }
}
