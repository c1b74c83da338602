package dev.weir.api.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.api.http.Body;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.TextRule;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decodes tables in tests, into values that outlive the request's memory; that memory is given back, and checked. */
final class Tables {

    static final Set<JsonTable.Form> V1 = EnumSet.of(JsonTable.Form.INSTANCES, JsonTable.Form.INPUTS);
    static final Set<JsonTable.Form> ALL = EnumSet.allOf(JsonTable.Form.class);

    static final ModelSignature IRIS = signature(new TensorSpec(
            "features",
            DataType.FP32,
            ShapePattern.of(-1, 4),
            List.of("sepal_length", "sepal_width", "petal_length", "petal_width"),
            List.of(),
            false));

    static final ModelSignature MIXED = signature(
            TensorSpec.of("island", DataType.BYTES, -1, 1),
            new TensorSpec("bill", DataType.FP32, ShapePattern.of(-1, 1), List.of(), List.of(), true),
            TensorSpec.of("mass", DataType.INT64, -1, 1),
            TensorSpec.of("wild", DataType.BOOL, -1));

    static final ModelSignature IMAGE = signature(TensorSpec.of("image", DataType.FP32, -1, 2, 3));

    static final ModelSignature OPEN = signature(TensorSpec.of("series", DataType.INT32, -1, -1, 2));

    private Tables() {}

    static ModelSignature signature(TensorSpec... inputs) {
        return new ModelSignature(List.of(inputs), List.of(TensorSpec.of("out", DataType.FP32, -1)), true);
    }

    static ModelSignature scalar(DataType datatype, boolean allowsNonFinite) {
        return signature(new TensorSpec("x", datatype, ShapePattern.of(-1), List.of(), List.of(), allowsNonFinite));
    }

    /** How a body is read. */
    @FunctionalInterface
    interface Reading {
        DecodedRows read(RowsDecoder decoder, Body body, RowLayout layout, RequestMemory memory);
    }

    static Reading json(OnRowError onRowError) {
        return (decoder, body, layout, memory) -> decoder.json(body, layout, memory, onRowError, ALL);
    }

    static Reading lines(OnRowError onRowError) {
        return (decoder, body, layout, memory) -> decoder.jsonLines(body, layout, memory, onRowError);
    }

    static Reading csv(OnRowError onRowError, CsvHeader header) {
        return (decoder, body, layout, memory) -> decoder.csv(body, layout, memory, onRowError, header);
    }

    /**
     * A decoded table.
     *
     * @param inputs each input's elements, row-major, by name
     * @param shapes each input's shape
     * @param rows how many rows
     * @param errors the rows left out
     */
    record Table(Map<String, List<Object>> inputs, Map<String, String> shapes, int rows, List<RowError> errors) {

        List<Object> values(String input) {
            return inputs.getOrDefault(input, List.of());
        }
    }

    static Table read(ModelSignature signature, String body) {
        return read(signature, body, json(OnRowError.REJECT));
    }

    static Table report(ModelSignature signature, String body) {
        return read(signature, body, json(OnRowError.REPORT));
    }

    static Table read(ModelSignature signature, String body, Reading reading) {
        return read(signature, body.getBytes(StandardCharsets.UTF_8), reading, Limits.DEFAULT);
    }

    static Table read(ModelSignature signature, byte[] body, Reading reading, Limits limits) {
        ByteBudget budget = new ByteBudget(1L << 28);
        RowsDecoder decoder = new RowsDecoder(new JsonBodies(limits), limits);
        try (RequestMemory memory = new RequestMemory(budget)) {
            // Not at the start of its array, as a body need not be.
            byte[] bytes = new byte[body.length + 7];
            System.arraycopy(body, 0, bytes, 3, body.length);
            DecodedRows rows = reading.read(
                    decoder, new Body(bytes, 3, body.length), RowLayout.of(signature, TextRule.ANY), memory);
            Map<String, List<Object>> values = new LinkedHashMap<>();
            Map<String, String> shapes = new LinkedHashMap<>();
            for (Tensor tensor : rows.inputs()) {
                values.put(tensor.name(), values(tensor));
                shapes.put(tensor.name(), tensor.shape().toString());
            }
            return new Table(values, shapes, rows.rows(), rows.errors());
        } finally {
            assertThat(budget.reserved()).isZero();
        }
    }

    static RequestRejected refusal(ModelSignature signature, String body) {
        return refusal(signature, body, json(OnRowError.REJECT));
    }

    static RequestRejected refusal(ModelSignature signature, String body, Reading reading) {
        RequestRejected refused = catchThrowableOfType(RequestRejected.class, () -> read(signature, body, reading));
        assertThat(refused).as("refusal of %s", body).isNotNull();
        return refused;
    }

    /** Returns a tensor's elements: floats and doubles, integers as longs (UINT64 as its bits), booleans and texts. */
    static List<Object> values(Tensor tensor) {
        List<Object> values = new ArrayList<>();
        switch (tensor) {
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                while (data.hasRemaining()) {
                    values.add(value(fixed.datatype(), data));
                }
            }
            case Tensor.Bytes bytes ->
                bytes.elements().forEach(element -> values.add(new String(element, StandardCharsets.UTF_8)));
        }
        return values;
    }

    private static Object value(DataType datatype, ByteBuffer data) {
        return switch (datatype) {
            case FP32 -> data.getFloat();
            case FP64 -> data.getDouble();
            case FP16 -> Float.float16ToFloat(data.getShort());
            case BF16 -> Float.intBitsToFloat(data.getShort() << 16);
            case INT64, UINT64 -> data.getLong();
            case INT32 -> (long) data.getInt();
            case UINT32 -> data.getInt() & 0xFFFF_FFFFL;
            case INT16 -> (long) data.getShort();
            case UINT16 -> data.getShort() & 0xFFFFL;
            case INT8 -> (long) data.get();
            case UINT8 -> data.get() & 0xFFL;
            case BOOL -> data.get() != 0;
            case BYTES -> throw new AssertionError("no fixed size");
        };
    }
}
