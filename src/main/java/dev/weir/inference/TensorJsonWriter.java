package dev.weir.inference;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes tensor elements as JSON, so that {@link TensorJsonReader} reads the same tensor back: shortest decimals that
 * round-trip, NaN and infinities as strings, BYTES as text.
 */
public final class TensorJsonWriter {

    private TensorJsonWriter() {}

    /**
     * Writes all elements as one flat array.
     *
     * @throws PredictionFailed when a BYTES element is not UTF-8 and so has no JSON form
     */
    public static void writeFlat(JsonGenerator json, Tensor tensor) throws IOException {
        json.writeStartArray();
        int elements = Math.toIntExact(tensor.shape().elements());
        switch (tensor) {
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                for (int i = 0; i < elements; i++) {
                    writeElement(json, fixed.datatype(), data, i);
                }
            }
            case Tensor.Bytes bytes -> {
                for (byte[] element : bytes.elements()) {
                    writeText(json, element);
                }
            }
        }
        json.writeEndArray();
    }

    /**
     * Writes one element.
     *
     * @param data a view from {@link Tensor.Fixed#data()}
     * @param index the element's row-major index
     */
    public static void writeElement(JsonGenerator json, DataType datatype, ByteBuffer data, int index)
            throws IOException {
        switch (datatype) {
            case FP32 -> json.writeNumber(data.getFloat(index * Float.BYTES));
            case FP64 -> json.writeNumber(data.getDouble(index * Double.BYTES));
            case INT64 -> json.writeNumber(data.getLong(index * Long.BYTES));
            case INT32 -> json.writeNumber(data.getInt(index * Integer.BYTES));
            case INT16 -> json.writeNumber(data.getShort(index * Short.BYTES));
            case INT8 -> json.writeNumber(data.get(index));
            case UINT8 -> json.writeNumber(data.get(index) & 0xFF);
            case UINT16 -> json.writeNumber(data.getShort(index * Short.BYTES) & 0xFFFF);
            case UINT32 -> json.writeNumber(data.getInt(index * Integer.BYTES) & 0xFFFF_FFFFL);
            case UINT64 -> json.writeNumber(Long.toUnsignedString(data.getLong(index * Long.BYTES)));
            case FP16 -> json.writeNumber(Float.float16ToFloat(data.getShort(index * Short.BYTES)));
            case BF16 -> json.writeNumber(Float.intBitsToFloat(data.getShort(index * Short.BYTES) << 16));
            case BOOL -> json.writeBoolean(data.get(index) != 0);
            case BYTES -> throw new AssertionError("BYTES has no fixed size");
        }
    }

    /**
     * Writes one BYTES element as a string.
     *
     * @throws PredictionFailed when it is not UTF-8
     */
    public static void writeText(JsonGenerator json, byte[] element) throws IOException {
        try {
            json.writeString(Utf8.decode(element, "data"));
        } catch (RequestRejected e) {
            throw new PredictionFailed(
                    FailureCode.INVALID_OUTPUT,
                    "an output is not UTF-8 text and has no JSON form; ask for binary data");
        }
    }
}
