package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixture.Tensors;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Tensors packed and unpacked. */
class PackedTensorsTest {

    @Provide
    Arbitrary<Tensor> tensors() {
        Arbitrary<long[]> shapes = Arbitraries.longs()
                .between(0, 5)
                .array(long[].class)
                .ofMinSize(0)
                .ofMaxSize(3);
        return Combinators.combine(
                        Arbitraries.strings().ofMinLength(1).ofMaxLength(12),
                        Arbitraries.of(DataType.class),
                        shapes,
                        Arbitraries.randoms())
                .as(PackedTensorsTest::tensor);
    }

    private static Tensor tensor(String name, DataType datatype, long[] extents, Random random) {
        Shape shape = Shape.of(extents);
        int elements = (int) shape.elements();
        if (datatype == DataType.BYTES) {
            List<byte[]> texts = new ArrayList<>();
            for (int i = 0; i < elements; i++) {
                byte[] text = new byte[random.nextInt(300)];
                random.nextBytes(text);
                texts.add(text);
            }
            return new Tensor.Bytes(name, shape, texts);
        }
        byte[] data = new byte[elements * datatype.bytes()];
        random.nextBytes(data);
        return new Tensor.Fixed(name, datatype, shape, ByteBuffer.wrap(data).order(ByteOrder.nativeOrder()));
    }

    @Property(tries = 300)
    void shouldGiveBackWhatWasPacked(@ForAll("tensors") Tensor one, @ForAll("tensors") Tensor two) {
        PackedTensors packed =
                PackedTensors.ofBytes(PackedTensors.pack(List.of(one, two)).toBytes());

        List<Tensor> back = packed.unpack().tensors();

        assertThat(back).hasSize(2);
        for (int i = 0; i < 2; i++) {
            Tensor before = i == 0 ? one : two;
            assertThat(Tensors.same(back.get(i), before)).isTrue();
        }
    }

    @Property(tries = 300)
    void shouldEstimateNoLessThanItTakes(@ForAll("tensors") Tensor tensor) {
        assertThat(PackedTensors.estimate(List.of(tensor)))
                .isGreaterThanOrEqualTo(PackedTensors.pack(List.of(tensor)).bytes());
    }

    @Property(tries = 200)
    void shouldRefuseBytesThatAreCutShort(@ForAll("tensors") Tensor tensor, @ForAll Random random) {
        byte[] whole = PackedTensors.pack(List.of(tensor)).toBytes();
        byte[] cut = Arrays.copyOf(whole, random.nextInt(whole.length));

        assertThatThrownBy(() -> PackedTensors.ofBytes(cut).unpack()).isInstanceOf(IllegalStateException.class);
    }

    @Property(tries = 300)
    void shouldFailOnlyInOneWayOnGarbage(@ForAll byte[] garbage) {
        try {
            PackedTensors.ofBytes(garbage).unpack();
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining("packed tensors");
        }
    }

    @Example
    void shouldTakeOutAColumn() {
        PackedTensors packed = PackedTensors.pack(
                List.of(Tensors.fp32("x", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)),
                List.of(new PackedTensors.Redacted(0, 1, List.of("a", "b"))));

        PackedTensors.Contents contents = packed.unpack();

        ByteBuffer data = ((Tensor.Fixed) contents.tensors().getFirst()).data();
        assertThat(new float[] {data.getFloat(), data.getFloat(), data.getFloat(), data.getFloat(), data.getFloat()})
                .containsExactly(1, 0, 3, 4, 0);
        assertThat(PackedTensors.taken(contents, 0))
                .containsOnlyKeys(1, 4)
                .containsEntry(1, "a")
                .containsEntry(4, "b");
    }

    @Example
    void shouldTakeOutATextAltogether() {
        byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);
        PackedTensors packed = PackedTensors.pack(
                List.of(new Tensor.Bytes("t", Shape.of(1), List.of(secret))),
                List.of(new PackedTensors.Redacted(0, null, List.of())));

        assertThat(new String(packed.toBytes(), StandardCharsets.ISO_8859_1)).doesNotContain("secret");
        assertThat(PackedTensors.taken(packed.unpack(), 0)).containsEntry(0, "");
    }
}
