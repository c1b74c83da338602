package dev.weir.predictionlog;

import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tensors as a record keeps them: a copy in one array of bytes, with what a policy redacts taken out before anything else
 * sees it. Immutable.
 *
 * <p>Format, version 1: a byte that tells format and byte order; the number of tensors; of each its name, the protocol's name
 * of its datatype, its rank and extents, and its elements, which of a fixed size stand one behind another, and of byte
 * strings each behind its length; then the number of redactions, and of each the tensor's index, its column plus 1 or 0 for
 * all, 0 for dropped and 1 for hashed, and the digests. Numbers are unsigned LEB128, texts are UTF-8 behind their length.
 */
public final class PackedTensors {

    private static final byte LITTLE_ENDIAN = 0x10;
    private static final byte BIG_ENDIAN = 0x11;
    private static final byte NATIVE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? LITTLE_ENDIAN : BIG_ENDIAN;

    private final byte[] bytes;

    private PackedTensors(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * What is taken out of a tensor.
     *
     * @param tensor the tensor's index
     * @param column the column along the last axis; null for all elements
     * @param digests what stands for each element that is taken out, in row-major order; empty when nothing does. An empty text
     *     is for an element that the digest before it stands for too
     */
    public record Redacted(int tensor, @Nullable Integer column, List<String> digests) {

        /** Copies the list. */
        public Redacted {
            digests = List.copyOf(digests);
        }

        /** Says whether an element of a tensor is taken out. */
        boolean covers(int element, int columns) {
            return column == null || element % columns == column;
        }
    }

    /**
     * What was packed.
     *
     * @param tensors the tensors, on the heap; what was taken out is zero or empty
     * @param redacted what was taken out
     */
    public record Contents(List<Tensor> tensors, List<Redacted> redacted) {

        /** Copies the lists. */
        public Contents {
            tensors = List.copyOf(tensors);
            redacted = List.copyOf(redacted);
        }
    }

    /** Takes bytes that {@link #toBytes} gave, which must not change. */
    public static PackedTensors ofBytes(byte[] bytes) {
        return new PackedTensors(bytes);
    }

    /** Returns the packed form; it must not be changed. */
    public byte[] toBytes() {
        return bytes;
    }

    /** Returns the size of the packed form. */
    public int bytes() {
        return bytes.length;
    }

    /** Returns how many bytes tensors take when they are packed, or more. */
    public static long estimate(List<Tensor> tensors) {
        long size = 4;
        for (Tensor tensor : tensors) {
            size += 32 + 3L * tensor.name().length() + 10L * tensor.shape().rank();
            size += switch (tensor) {
                case Tensor.Fixed fixed -> fixed.data().remaining();
                case Tensor.Bytes texts -> {
                    long sum = 0;
                    for (byte[] element : texts.elements()) {
                        sum += element.length + 5L;
                    }
                    yield sum;
                }
            };
        }
        return size;
    }

    /** Copies tensors. */
    public static PackedTensors pack(List<Tensor> tensors) {
        return pack(tensors, List.of());
    }

    /** Copies tensors, but for what is redacted. */
    public static PackedTensors pack(List<Tensor> tensors, List<Redacted> redacted) {
        Output out = new Output(Math.toIntExact(Math.min(estimate(tensors), Integer.MAX_VALUE - 16)));
        out.write(NATIVE);
        out.number(tensors.size());
        for (int i = 0; i < tensors.size(); i++) {
            write(out, tensors.get(i), of(i, redacted));
        }
        out.number(redacted.size());
        for (Redacted each : redacted) {
            out.number(each.tensor());
            out.number(each.column() == null ? 0 : each.column() + 1);
            out.number(each.digests().size());
            each.digests().forEach(out::text);
        }
        return new PackedTensors(out.toByteArray());
    }

    private static List<Redacted> of(int tensor, List<Redacted> redacted) {
        return redacted.isEmpty()
                ? redacted
                : redacted.stream().filter(each -> each.tensor() == tensor).toList();
    }

    private static void write(Output out, Tensor tensor, List<Redacted> redacted) {
        out.text(tensor.name());
        out.text(tensor.datatype().name());
        Shape shape = tensor.shape();
        out.number(shape.rank());
        for (int axis = 0; axis < shape.rank(); axis++) {
            out.number(shape.dimension(axis));
        }
        int columns = columns(shape);
        BitSet taken = taken(redacted, columns);
        switch (tensor) {
            case Tensor.Fixed fixed -> {
                ByteBuffer data = fixed.data();
                byte[] copy = new byte[data.remaining()];
                data.get(copy);
                if (!redacted.isEmpty()) {
                    int size = fixed.datatype().bytes();
                    for (int i = 0; i < copy.length / size; i++) {
                        if (taken.get(i % columns)) {
                            Arrays.fill(copy, i * size, (i + 1) * size, (byte) 0);
                        }
                    }
                }
                out.writeBytes(copy);
            }
            case Tensor.Bytes texts -> {
                List<byte[]> elements = texts.elements();
                for (int i = 0; i < elements.size(); i++) {
                    byte[] element = elements.get(i);
                    if (taken.get(i % columns)) {
                        out.number(0);
                    } else {
                        out.number(element.length);
                        out.writeBytes(element);
                    }
                }
            }
        }
    }

    /** Returns the columns that are taken out. */
    private static BitSet taken(List<Redacted> redacted, int columns) {
        BitSet taken = new BitSet();
        for (Redacted each : redacted) {
            if (each.column() == null) {
                taken.set(0, columns);
            } else {
                taken.set(each.column());
            }
        }
        return taken;
    }

    /** Returns the extent of the last axis, 1 when there is none. */
    static int columns(Shape shape) {
        return shape.rank() == 0 ? 1 : Math.clamp(shape.dimension(shape.rank() - 1), 1, Integer.MAX_VALUE);
    }

    /**
     * Reads the tensors back.
     *
     * @throws IllegalStateException when the bytes are not what {@link #pack} makes
     */
    public Contents unpack() {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            byte order = in.get();
            if (order != LITTLE_ENDIAN && order != BIG_ENDIAN) {
                throw new IllegalStateException("packed tensors of an unknown format");
            }
            int count = integer(in);
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tensors.add(read(in, order));
            }
            int redactions = integer(in);
            List<Redacted> redacted = new ArrayList<>();
            for (int i = 0; i < redactions; i++) {
                int tensor = integer(in);
                int column = integer(in);
                int digests = integer(in);
                List<String> texts = new ArrayList<>();
                for (int j = 0; j < digests; j++) {
                    texts.add(text(in));
                }
                redacted.add(new Redacted(tensor, column == 0 ? null : column - 1, texts));
            }
            return new Contents(tensors, redacted);
        } catch (IllegalStateException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IllegalStateException("packed tensors are damaged", e);
        }
    }

    private static Tensor read(ByteBuffer in, byte order) {
        String name = text(in);
        DataType datatype = DataType.named(text(in));
        long[] extents = new long[integer(in)];
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = number(in);
        }
        Shape shape = Shape.of(extents);
        int elements = Math.toIntExact(shape.elements());
        if (!datatype.isFixedSize()) {
            List<byte[]> texts = new ArrayList<>();
            for (int i = 0; i < elements; i++) {
                texts.add(array(in, integer(in)));
            }
            return new Tensor.Bytes(name, shape, texts);
        }
        byte[] data = array(in, Math.multiplyExact(elements, datatype.bytes()));
        if (order != NATIVE) {
            swap(data, datatype.bytes());
        }
        return new Tensor.Fixed(name, datatype, shape, ByteBuffer.wrap(data).order(ByteOrder.nativeOrder()));
    }

    private static void swap(byte[] data, int size) {
        for (int from = 0; from < data.length; from += size) {
            for (int i = 0; i < size / 2; i++) {
                byte one = data[from + i];
                data[from + i] = data[from + size - 1 - i];
                data[from + size - 1 - i] = one;
            }
        }
    }

    private static String text(ByteBuffer in) {
        return new String(array(in, integer(in)), StandardCharsets.UTF_8);
    }

    private static byte[] array(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new IllegalStateException("packed tensors are cut short");
        }
        byte[] array = new byte[length];
        in.get(array);
        return array;
    }

    private static int integer(ByteBuffer in) {
        return Math.toIntExact(number(in));
    }

    private static long number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("packed tensors hold a number without an end");
    }

    /** Returns the elements that are taken out, as what stands for each: a digest, or an empty text. */
    public static Map<Integer, String> taken(Contents contents, int tensor) {
        Map<Integer, String> taken = new HashMap<>();
        Tensor of = contents.tensors().get(tensor);
        int columns = columns(of.shape());
        int elements = Math.toIntExact(of.shape().elements());
        for (Redacted each : of(tensor, contents.redacted())) {
            int next = 0;
            for (int i = 0; i < elements; i++) {
                if (each.covers(i, columns)) {
                    taken.put(i, each.digests().isEmpty() ? "" : each.digests().get(next++));
                }
            }
        }
        return taken;
    }

    /** Bytes that grow, without the locks of their kind. */
    private static final class Output extends ByteArrayOutputStream {

        Output(int size) {
            super(size);
        }

        void number(long value) {
            long rest = value;
            while (rest >= 0x80 || rest < 0) {
                write((int) (rest & 0x7F) | 0x80);
                rest >>>= 7;
            }
            write((int) rest);
        }

        void text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            number(utf8.length);
            writeBytes(utf8);
        }
    }
}
