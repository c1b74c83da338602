package dev.weir.predictionlog;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorJsonWriter;
import dev.weir.inference.Utf8;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes packed tensors as JSON: name, datatype, shape, and elements in row-major order, as a caller would send them. An
 * object stands where an element was taken out, or is no text: {@code {"$redacted":"drop"}}, {@code
 * {"$redacted":"hash","v":"…"}}, without {@code v} where the digest before stands for it too, and {@code {"$base64":"…"}}.
 */
final class TensorsJson {

    private static final String DROPPED = "drop";

    private TensorsJson() {}

    static void write(JsonGenerator json, PackedTensors.Contents contents) throws IOException {
        json.writeStartArray();
        for (int i = 0; i < contents.tensors().size(); i++) {
            write(json, contents.tensors().get(i), marks(contents, i));
        }
        json.writeEndArray();
    }

    /** Returns what stands for each element, null for itself: {@link #DROPPED}, a digest, or an empty text. */
    private static @Nullable String[] marks(PackedTensors.Contents contents, int tensor) {
        Tensor of = contents.tensors().get(tensor);
        int columns = PackedTensors.columns(of.shape());
        @Nullable String[] marks = new String[Math.toIntExact(of.shape().elements())];
        for (PackedTensors.Redacted each : contents.redacted()) {
            int next = 0;
            for (int i = 0; each.tensor() == tensor && i < marks.length; i++) {
                if (each.covers(i, columns)) {
                    marks[i] =
                            each.digests().isEmpty() ? DROPPED : each.digests().get(next++);
                }
            }
        }
        return marks;
    }

    private static void write(JsonGenerator json, Tensor tensor, @Nullable String[] marks) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", tensor.name());
        json.writeStringField("datatype", tensor.datatype().name());
        long[] shape = tensor.shape().toArray();
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeArrayFieldStart("data");
        switch (tensor) {
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                for (int i = 0; i < marks.length; i++) {
                    if (marks[i] == null) {
                        TensorJsonWriter.writeElement(json, fixed.datatype(), data, i);
                    } else {
                        writeMark(json, marks[i]);
                    }
                }
            }
            case Tensor.Bytes bytes -> {
                List<byte[]> elements = bytes.elements();
                for (int i = 0; i < marks.length; i++) {
                    if (marks[i] == null) {
                        writeText(json, elements.get(i));
                    } else {
                        writeMark(json, marks[i]);
                    }
                }
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    @SuppressWarnings("ReferenceEquality") // a digest may read like the mark of what was dropped
    private static void writeMark(JsonGenerator json, String mark) throws IOException {
        json.writeStartObject();
        if (mark == DROPPED) {
            json.writeStringField("$redacted", DROPPED);
        } else {
            json.writeStringField("$redacted", "hash");
            if (!mark.isEmpty()) {
                json.writeStringField("v", mark);
            }
        }
        json.writeEndObject();
    }

    private static void writeText(JsonGenerator json, byte[] element) throws IOException {
        if (Utf8.isValid(element)) {
            TensorJsonWriter.writeText(json, element);
        } else {
            json.writeStartObject();
            json.writeBinaryField("$base64", element);
            json.writeEndObject();
        }
    }
}
