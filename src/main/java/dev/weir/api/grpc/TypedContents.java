package dev.weir.api.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weir.api.ApiConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import inference.wire.InferTensorContents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a tensor from its typed contents, straight from the wire into its memory.
 *
 * <p>Of the eight fields only the datatype's may hold elements. Memory is taken only after the contents were found long
 * enough to hold as many elements as the shape has.
 */
final class TypedContents {

    /** What a BYTES element costs on the heap beside its bytes: an array header and a reference, rounded up. */
    private static final long BYTES_ELEMENT_OVERHEAD = 24;

    private final DataType datatype;
    private final Shape shape;
    private final TensorAllocator allocator;
    private final ApiConfig limits;
    private final int field;
    private final int wireType;
    private final ByteBuffer data;
    private final List<byte[]> strings = new ArrayList<>();
    private long count;

    private TypedContents(
            DataType datatype, Shape shape, ByteBuffer data, TensorAllocator allocator, ApiConfig limits) {
        this.datatype = datatype;
        this.shape = shape;
        this.data = data;
        this.allocator = allocator;
        this.limits = limits;
        this.field = field(datatype);
        this.wireType = wireType(datatype);
    }

    /**
     * Reads a tensor.
     *
     * @param contents the messages that hold its elements, one after the other
     * @throws RequestRejected when they do not fit type and shape; the field is {@code data}, or {@code data[i]} for an
     *     element
     */
    static Tensor read(
            String name,
            DataType datatype,
            Shape shape,
            List<ByteBuffer> contents,
            TensorAllocator allocator,
            ApiConfig limits) {
        if (datatype == DataType.FP16 || datatype == DataType.BF16) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    datatype + " has no typed contents; send it as raw_input_contents",
                    "data");
        }
        long bytes = 0;
        for (ByteBuffer part : contents) {
            bytes += part.remaining();
        }
        if (bytes == 0 && shape.elements() > 0) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the input has no data", "data");
        }
        if (shape.elements() > bytes / narrowest(datatype)) {
            throw wrongCount(shape);
        }
        ByteBuffer data = allocator.allocate((int) shape.elements() * datatype.bytes());
        TypedContents reader = new TypedContents(datatype, shape, data, allocator, limits);
        try {
            for (ByteBuffer part : contents) {
                reader.read(part);
            }
        } catch (IOException e) {
            throw broken();
        }
        if (reader.count != shape.elements()) {
            throw wrongCount(shape);
        }
        return datatype == DataType.BYTES
                ? new Tensor.Bytes(name, shape, reader.strings)
                : new Tensor.Fixed(name, datatype, shape, data.flip());
    }

    private static int field(DataType datatype) {
        return switch (datatype) {
            case BOOL -> InferTensorContents.BOOL_CONTENTS_FIELD_NUMBER;
            case INT8, INT16, INT32 -> InferTensorContents.INT_CONTENTS_FIELD_NUMBER;
            case INT64 -> InferTensorContents.INT64_CONTENTS_FIELD_NUMBER;
            case UINT8, UINT16, UINT32 -> InferTensorContents.UINT_CONTENTS_FIELD_NUMBER;
            case UINT64 -> InferTensorContents.UINT64_CONTENTS_FIELD_NUMBER;
            case FP32 -> InferTensorContents.FP32_CONTENTS_FIELD_NUMBER;
            case FP64 -> InferTensorContents.FP64_CONTENTS_FIELD_NUMBER;
            case BYTES -> InferTensorContents.BYTES_CONTENTS_FIELD_NUMBER;
            case FP16, BF16 -> throw new AssertionError(datatype + " has no typed contents");
        };
    }

    private static int wireType(DataType datatype) {
        return switch (datatype) {
            case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> WireFormat.WIRETYPE_VARINT;
            case FP32 -> WireFormat.WIRETYPE_FIXED32;
            case FP64 -> WireFormat.WIRETYPE_FIXED64;
            case BYTES -> WireFormat.WIRETYPE_LENGTH_DELIMITED;
            case FP16, BF16 -> throw new AssertionError(datatype + " has no typed contents");
        };
    }

    /** Returns how few bytes an element takes on the wire; packed and of the smallest value. */
    private static int narrowest(DataType datatype) {
        return switch (datatype) {
            case FP32 -> Float.BYTES;
            case FP64 -> Double.BYTES;
            case BYTES -> 2;
            default -> 1;
        };
    }

    private void read(ByteBuffer part) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(part.array(), part.arrayOffset(), part.remaining());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            int wire = WireFormat.getTagWireType(tag);
            if (number != field) {
                skip(in, tag, number, wire);
            } else if (wire == wireType) {
                element(in);
            } else if (wire == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                packed(in, part);
            } else {
                throw broken();
            }
        }
    }

    /** Skips a field that may not hold elements, or is none of the protocol's. */
    private void skip(CodedInputStream in, int tag, int number, int wire) throws IOException {
        boolean known = number >= InferTensorContents.BOOL_CONTENTS_FIELD_NUMBER
                && number <= InferTensorContents.BYTES_CONTENTS_FIELD_NUMBER;
        if (known) {
            boolean empty = wire == WireFormat.WIRETYPE_LENGTH_DELIMITED
                    && number != InferTensorContents.BYTES_CONTENTS_FIELD_NUMBER
                    && in.readRawVarint32() == 0;
            if (!empty) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        datatype + " elements stand in one field; another one is not empty",
                        "data");
            }
        } else if (!in.skipField(tag)) {
            throw broken();
        }
    }

    private void packed(CodedInputStream in, ByteBuffer part) throws IOException {
        int length = in.readRawVarint32();
        if (wireType != WireFormat.WIRETYPE_VARINT) {
            int offset = in.getTotalBytesRead();
            in.skipRawBytes(length);
            block(part.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN));
            return;
        }
        int outer = in.pushLimit(length);
        while (in.getBytesUntilLimit() > 0) {
            element(in);
        }
        in.popLimit(outer);
    }

    /** Takes packed elements of a fixed size at once. */
    private void block(ByteBuffer block) {
        int width = datatype.bytes();
        if (block.remaining() % width != 0) {
            throw broken();
        }
        int more = block.remaining() / width;
        if (count + more > shape.elements()) {
            throw wrongCount(shape);
        }
        ByteBuffer room = data.slice(data.position(), block.remaining()).order(data.order());
        if (datatype == DataType.FP32) {
            room.asFloatBuffer().put(block.asFloatBuffer());
        } else {
            room.asDoubleBuffer().put(block.asDoubleBuffer());
        }
        data.position(data.position() + block.remaining());
        count += more;
    }

    private void element(CodedInputStream in) throws IOException {
        if (count == shape.elements()) {
            throw wrongCount(shape);
        }
        switch (datatype) {
            case BOOL -> data.put((byte) (in.readBool() ? 1 : 0));
            case INT8 -> data.put((byte) within(in.readInt32(), Byte.MIN_VALUE, Byte.MAX_VALUE));
            case INT16 -> data.putShort((short) within(in.readInt32(), Short.MIN_VALUE, Short.MAX_VALUE));
            case INT32 -> data.putInt(in.readInt32());
            case INT64 -> data.putLong(in.readInt64());
            case UINT8 -> data.put((byte) within(Integer.toUnsignedLong(in.readUInt32()), 0, 0xFF));
            case UINT16 -> data.putShort((short) within(Integer.toUnsignedLong(in.readUInt32()), 0, 0xFFFF));
            case UINT32 -> data.putInt(in.readUInt32());
            case UINT64 -> data.putLong(in.readUInt64());
            case FP32 -> data.putFloat(in.readFloat());
            case FP64 -> data.putDouble(in.readDouble());
            case BYTES -> strings.add(string(in));
            case FP16, BF16 -> throw new AssertionError(datatype + " has no typed contents");
        }
        count++;
    }

    private long within(long value, long min, long max) {
        if (value < min || value > max) {
            throw new RequestRejected(
                    FailureCode.VALUE_OUT_OF_RANGE, "the value does not fit " + datatype, "data[" + count + "]");
        }
        return value;
    }

    private byte[] string(CodedInputStream in) throws IOException {
        int length = in.readRawVarint32();
        if (length < 0) {
            throw broken();
        }
        if (length > limits.maxString()) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "the element is too long", "data[" + count + "]", (long)
                            limits.maxString());
        }
        allocator.reserve(length + BYTES_ELEMENT_OVERHEAD);
        return in.readRawBytes(length);
    }

    private static RequestRejected broken() {
        return new RequestRejected(FailureCode.MALFORMED_BODY, "the contents are no valid Protocol Buffers", "data");
    }

    private static RequestRejected wrongCount(Shape shape) {
        return new RequestRejected(
                FailureCode.WRONG_DATA_LENGTH,
                "shape " + shape + " takes exactly " + shape.elements() + " elements",
                "data");
    }
}
