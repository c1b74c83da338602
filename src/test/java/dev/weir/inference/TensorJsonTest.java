package dev.weir.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.weir.failure.FailureCode;
import dev.weir.failure.PredictionFailed;
import dev.weir.fixture.Tensors;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What {@link TensorJsonWriter} writes, {@link TensorJsonReader} reads back. */
class TensorJsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Provide
    Arbitrary<Tensor> tensors() {
        Arbitrary<long[]> shapes =
                Arbitraries.longs().between(0, 4).array(long[].class).ofMaxSize(4);
        return Combinators.combine(Arbitraries.of(DataType.class), shapes).flatAs(TensorJsonTest::tensors);
    }

    private static Arbitrary<Tensor> tensors(DataType datatype, long... extents) {
        Shape shape = Shape.of(extents);
        int elements = (int) shape.elements();
        if (datatype == DataType.BYTES) {
            return new Utf8Test()
                    .texts()
                    .map(text -> Utf8.encode(text, "data"))
                    .list()
                    .ofSize(elements)
                    .map(strings -> new Tensor.Bytes("t", shape, strings));
        }
        Arbitrary<Byte> bytes = datatype == DataType.BOOL
                ? Arbitraries.of((byte) 0, (byte) 1)
                : Arbitraries.oneOf(Arbitraries.bytes(), Arbitraries.of((byte) 0, (byte) -1, (byte) 0x7f, (byte) 0x80));
        return bytes.array(byte[].class).ofSize(elements * datatype.bytes()).map(data -> {
            ByteBuffer direct = TensorAllocator.UNPOOLED.allocate(data.length);
            direct.put(0, data);
            return new Tensor.Fixed("t", datatype, shape, direct);
        });
    }

    private static String write(Tensor tensor) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            TensorJsonWriter.writeFlat(generator, tensor);
        }
        return text.toString();
    }

    private static Tensor read(String json, Tensor like) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            Tensor read = TensorJsonReader.read(
                    parser,
                    like.name(),
                    like.datatype(),
                    like.shape(),
                    TensorAllocator.UNPOOLED,
                    TensorJsonReader.Bounds.NONE);
            assertThat(parser.nextToken()).isNull();
            return read;
        }
    }

    private static JsonNode nest(List<JsonNode> flat, long... extents) {
        ArrayNode array = JSON.createArrayNode();
        if (extents.length == 1) {
            array.addAll(flat);
            return array;
        }
        int rows = (int) extents[0];
        int perRow = rows == 0 ? 0 : flat.size() / rows;
        long[] inner = Arrays.copyOfRange(extents, 1, extents.length);
        for (int row = 0; row < rows; row++) {
            array.add(nest(flat.subList(row * perRow, (row + 1) * perRow), inner));
        }
        return array;
    }

    @Property
    void shouldReadBackTheSameTensor(@ForAll("tensors") Tensor tensor) throws IOException {
        assertSame(read(write(tensor), tensor), tensor);
    }

    @Property
    void shouldReadTheSameTensorNestedAsItsShapeIs(@ForAll("tensors") Tensor tensor) throws IOException {
        Assume.that(tensor.shape().rank() >= 2);
        List<JsonNode> flat = JSON.readTree(write(tensor)).valueStream().toList();

        assertSame(read(nest(flat, tensor.shape().toArray()).toString(), tensor), tensor);
    }

    /** Compares bit by bit, but for the bits of NaNs, which JSON has no words for. */
    private static void assertSame(Tensor read, Tensor written) {
        assertThat(read.datatype()).isEqualTo(written.datatype());
        assertThat(read.shape()).isEqualTo(written.shape());
        if (written instanceof Tensor.Fixed fixed && written.datatype().isFloatingPoint()) {
            IntPredicate sameElement = sameElement(fixed.datatype(), fixed.data(), ((Tensor.Fixed) read).data());
            for (int i = 0; i < fixed.shape().elements(); i++) {
                assertThat(sameElement.test(i)).as("element %d", i).isTrue();
            }
        } else {
            assertThat(Tensors.same(read, written)).isTrue();
        }
    }

    private static IntPredicate sameElement(DataType datatype, ByteBuffer one, ByteBuffer other) {
        return switch (datatype) {
            case FP16 -> i -> sameHalf(one.getShort(2 * i), other.getShort(2 * i));
            case BF16 -> i -> sameFloat(one.getShort(2 * i) << 16, other.getShort(2 * i) << 16);
            case FP32 -> i -> sameFloat(one.getInt(4 * i), other.getInt(4 * i));
            default -> i -> sameDouble(one.getLong(8 * i), other.getLong(8 * i));
        };
    }

    private static boolean sameHalf(short one, short other) {
        return one == other || Float.isNaN(Float.float16ToFloat(one)) && Float.isNaN(Float.float16ToFloat(other));
    }

    private static boolean sameFloat(int one, int other) {
        return one == other || Float.isNaN(Float.intBitsToFloat(one)) && Float.isNaN(Float.intBitsToFloat(other));
    }

    private static boolean sameDouble(long one, long other) {
        return one == other
                || Double.isNaN(Double.longBitsToDouble(one)) && Double.isNaN(Double.longBitsToDouble(other));
    }

    @Example
    void shouldWriteShortDecimals() throws IOException {
        assertThat(write(Tensors.fp32("t", 0.1f, -0f, 1e10f, Float.MIN_VALUE))).isEqualTo("[0.1,-0.0,1.0E10,1.4E-45]");
    }

    @Example
    void shouldWriteNonFiniteValuesAsStrings() throws IOException {
        assertThat(write(Tensors.fp32("t", Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)))
                .isEqualTo("[\"NaN\",\"Infinity\",\"-Infinity\"]");
    }

    @Example
    void shouldWriteUnsignedValuesWithoutASign() throws IOException {
        byte[] ones = new byte[8];
        Arrays.fill(ones, (byte) -1);

        assertThat(write(Tensors.raw("t", DataType.UINT8, (byte) -1))).isEqualTo("[255]");
        assertThat(write(Tensors.raw("t", DataType.UINT16, Arrays.copyOf(ones, 2))))
                .isEqualTo("[65535]");
        assertThat(write(Tensors.raw("t", DataType.UINT32, Arrays.copyOf(ones, 4))))
                .isEqualTo("[4294967295]");
        assertThat(write(Tensors.raw("t", DataType.UINT64, ones))).isEqualTo("[18446744073709551615]");
    }

    @Example
    void shouldNotWriteBytesThatAreNoText() {
        Tensor latin1 = new Tensor.Bytes("t", Shape.of(1), List.of(new byte[] {(byte) 0xe9}));

        assertThat(catchThrowableOfType(PredictionFailed.class, () -> write(latin1))
                        .code())
                .isEqualTo(FailureCode.INVALID_OUTPUT);
    }
}
