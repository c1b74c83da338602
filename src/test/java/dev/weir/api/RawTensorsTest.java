package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RawTensorsTest {

    private static final long FUZZ_SEED = 20_240_229;
    private static final int FUZZ_ROUNDS = 200_000;

    @Property(tries = 500)
    void shouldReadBackTheBytesItWroteForEveryFixedSizeType(
            @ForAll("fixedSizeTypes") DataType datatype, @ForAll("shapes") long[] extents, @ForAll Random random) {
        Shape shape = Shape.of(extents);
        byte[] payload = new byte[(int) shape.elements() * datatype.bytes()];
        random.nextBytes(payload);
        if (datatype == DataType.BOOL) {
            for (int i = 0; i < payload.length; i++) {
                payload[i] &= 1;
            }
        }

        Tensor tensor = read(datatype, shape, payload);

        assertThat(tensor.name()).isEqualTo("x");
        assertThat(tensor.datatype()).isEqualTo(datatype);
        assertThat(tensor.shape()).isEqualTo(shape);
        assertThat(((Tensor.Fixed) tensor).data().isDirect()).isTrue();
        assertThat(bytes(RawTensors.write(tensor))).isEqualTo(payload);
    }

    @Property(tries = 500)
    void shouldReadBackTheElementsItWroteForBytes(@ForAll @Size(max = 40) List<byte[]> elements) {
        Tensor.Bytes tensor = new Tensor.Bytes("x", Shape.of(elements.size()), elements);

        byte[] payload = bytes(RawTensors.write(tensor));
        Tensor.Bytes back = (Tensor.Bytes) read(DataType.BYTES, tensor.shape(), payload);

        assertThat(payload).hasSize(BytesCodec.encodedSize(tensor));
        assertThat(back.elements()).usingElementComparator(Arrays::compare).isEqualTo(elements);
    }

    @Provide
    Arbitrary<DataType> fixedSizeTypes() {
        return Arbitraries.of(DataType.class).filter(DataType::isFixedSize);
    }

    @Provide
    Arbitrary<long[]> shapes() {
        return Arbitraries.longs().between(0, 5).array(long[].class).ofMaxSize(4);
    }

    @Test
    void shouldReadLittleEndianWhateverTheMachineIs() {
        Tensor.Fixed tensor = (Tensor.Fixed) read(DataType.INT32, Shape.of(2), new byte[] {1, 2, 3, 4, -1, -1, -1, -1});

        assertThat(tensor.data().getInt(0)).isEqualTo(0x04030201);
        assertThat(tensor.data().getInt(4)).isEqualTo(-1);
    }

    @Test
    void shouldSwapElementsWhenTheOrdersDiffer() {
        byte[] source = {1, 2, 3, 4, 5, 6, 7, 8};
        swaps(source, 1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        swaps(source, 2, new byte[] {2, 1, 4, 3, 6, 5, 8, 7});
        swaps(source, 4, new byte[] {4, 3, 2, 1, 8, 7, 6, 5});
        swaps(source, 8, new byte[] {8, 7, 6, 5, 4, 3, 2, 1});
    }

    private static void swaps(byte[] source, int width, byte[] expected) {
        ByteBuffer to = ByteBuffer.allocate(source.length).order(ByteOrder.BIG_ENDIAN);
        RawTensors.transfer(ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN), to, width);
        assertThat(to.array()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void shouldRefuseAByteTooFewOrTooMany(DataType datatype) {
        int exact = 3 * (datatype.isFixedSize() ? datatype.bytes() : Integer.BYTES);
        assertThat(read(datatype, Shape.of(3), new byte[exact])).isNotNull();
        refuses(datatype, Shape.of(3), new byte[exact - 1], FailureCode.WRONG_DATA_LENGTH);
        refuses(datatype, Shape.of(3), new byte[exact + 1], FailureCode.WRONG_DATA_LENGTH);
        refuses(datatype, Shape.of(3), new byte[0], FailureCode.WRONG_DATA_LENGTH);
    }

    @Test
    void shouldRefuseABooleanThatIsNeitherZeroNorOne() {
        refuses(DataType.BOOL, Shape.of(3), new byte[] {0, 1, 2}, FailureCode.VALUE_OUT_OF_RANGE);
        refuses(DataType.BOOL, Shape.of(1), new byte[] {-1}, FailureCode.VALUE_OUT_OF_RANGE);
    }

    @Test
    void shouldRefuseAnElementThatIsLongerThanWhatIsLeft() {
        refuses(DataType.BYTES, Shape.of(1), new byte[] {5, 0, 0, 0, 'a', 'b'}, FailureCode.MALFORMED_BODY);
        refuses(DataType.BYTES, Shape.of(1), new byte[] {-1, -1, -1, -1, 'a'}, FailureCode.MALFORMED_BODY);
        refuses(DataType.BYTES, Shape.of(2), new byte[] {4, 0, 0, 0, 0, 0, 0, 0}, FailureCode.WRONG_DATA_LENGTH);
    }

    @Test
    void shouldBoundTheLengthOfAnElement() {
        Limits limits = new Limits(4, 8, 100, 256);
        byte[] payload = {5, 0, 0, 0, 'a', 'b', 'c', 'd', 'e'};

        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> RawTensors.read(
                        "x", DataType.BYTES, Shape.of(1), ByteBuffer.wrap(payload), TensorAllocator.UNPOOLED, limits))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED))
                .satisfies(e -> assertThat(e.limit()).isEqualTo(4L));
    }

    @Test
    void shouldLeaveThePayloadAsItIs() {
        ByteBuffer payload = ByteBuffer.wrap("..\3\0\0\0abc".getBytes(StandardCharsets.ISO_8859_1))
                .position(2)
                .order(ByteOrder.BIG_ENDIAN);

        Tensor.Bytes tensor = (Tensor.Bytes)
                RawTensors.read("x", DataType.BYTES, Shape.of(1), payload, TensorAllocator.UNPOOLED, Limits.DEFAULT);

        assertThat(tensor.elements().getFirst())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("abc");
        assertThat(payload.position()).isEqualTo(2);
        assertThat(payload.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void shouldReserveNothingForACountThatThePayloadCannotHold() {
        ByteBudget budget = new ByteBudget(100);
        try (RequestMemory memory = new RequestMemory(budget)) {
            assertThatExceptionOfType(RequestRejected.class)
                    .isThrownBy(() -> RawTensors.read(
                            "x", DataType.BYTES, Shape.of(1 << 24), ByteBuffer.allocate(64), memory, Limits.DEFAULT));
            assertThat(budget.reserved()).isZero();
        }
    }

    @Test
    void shouldGiveNothingButATensorOrACodedRefusalForRandomBytes() {
        Random random = new Random(FUZZ_SEED);
        List<DataType> types = List.of(DataType.values());
        Limits limits = new Limits(12, 3, 64, 256);
        ByteBudget budget = new ByteBudget(4096);
        List<FailureCode> refusals = new ArrayList<>();
        int accepted = 0;
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            byte[] payload = new byte[random.nextInt(64)];
            random.nextBytes(payload);
            if (random.nextBoolean()) {
                // Small numbers, so that lengths are often plausible.
                for (int i = 0; i < payload.length; i++) {
                    payload[i] = random.nextInt(4) == 0 ? (byte) random.nextInt(10) : 0;
                }
            }
            DataType datatype = types.get(random.nextInt(types.size()));
            long[] extents = random.longs(random.nextInt(5), -1, 6).toArray();
            try (RequestMemory memory = new RequestMemory(budget)) {
                Tensor tensor =
                        RawTensors.read("x", datatype, Shape.of(extents), ByteBuffer.wrap(payload), memory, limits);
                assertThat(bytes(RawTensors.write(tensor))).isEqualTo(payload);
                accepted++;
            } catch (WeirException e) {
                refusals.add(e.code());
            }
            assertThat(budget.reserved()).isZero();
        }
        assertThat(accepted).isGreaterThan(100);
        assertThat(refusals)
                .contains(
                        FailureCode.WRONG_DATA_LENGTH,
                        FailureCode.MALFORMED_BODY,
                        FailureCode.LIMIT_EXCEEDED,
                        FailureCode.VALUE_OUT_OF_RANGE);
    }

    private static Tensor read(DataType datatype, Shape shape, byte[] payload) {
        return RawTensors.read(
                "x", datatype, shape, ByteBuffer.wrap(payload), TensorAllocator.UNPOOLED, Limits.DEFAULT);
    }

    private static void refuses(DataType datatype, Shape shape, byte[] payload, FailureCode code) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> read(datatype, shape, payload))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
