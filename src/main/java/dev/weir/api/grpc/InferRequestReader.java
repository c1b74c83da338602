package dev.weir.api.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weir.api.ApiConfig;
import dev.weir.api.Parameters;
import dev.weir.api.TensorLimits;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.Utf8;
import inference.wire.InferParameter;
import inference.wire.ModelInferRequest;
import inference.wire.ModelInferRequest.InferInputTensor;
import inference.wire.ModelInferRequest.InferRequestedOutputTensor;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an inference request from its message, up to but without the elements of its tensors.
 *
 * <p>The generated parser would do, but for memory: it makes an object of every two bytes of some messages, all outside
 * the byte budget, and the elements would be held three times. This reader bounds what it collects while it collects it,
 * and leaves the elements where they are. Where the encoding allows several readings it takes the generated parser's:
 * unknown fields are skipped, the last of a repeated singular field counts, split messages are joined.
 */
final class InferRequestReader {

    private static final int VARINT = WireFormat.WIRETYPE_VARINT;
    private static final int FIXED64 = WireFormat.WIRETYPE_FIXED64;
    private static final int DELIMITED = WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int KEY_FIELD = 1;
    private static final int VALUE_FIELD = 2;

    private final byte[] message;
    private final CodedInputStream in;
    private final ApiConfig limits;
    private final TensorAllocator allocator;

    private String model = "";
    private String version = "";
    private String id = "";
    private final Map<String, Object> parameters = new HashMap<>();
    private final List<InferRequest.Input> inputs = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();
    private final List<ByteBuffer> raw = new ArrayList<>();

    private InferRequestReader(byte[] message, ApiConfig limits, TensorAllocator allocator) {
        this.message = message;
        this.in = CodedInputStream.newInstance(message);
        this.limits = limits;
        this.allocator = allocator;
    }

    /**
     * Reads a message.
     *
     * @param allocator what decoded texts are reserved from
     * @throws RequestRejected when the message is broken, breaks a limit, or asks for what this server does not do
     */
    static InferRequest read(byte[] message, ApiConfig limits, TensorAllocator allocator) {
        try {
            return new InferRequestReader(message, limits, allocator).request();
        } catch (IOException e) {
            throw broken();
        }
    }

    /**
     * What decides whether a message is worth reading.
     *
     * @param model the deployment's name; empty for none
     * @param version the version it pins; empty for none
     * @param id the caller's id; empty for none
     */
    record Head(String model, String version, String id) {}

    /**
     * Reads a message's head, wherever in it that stands, and nothing else: what is wrong beside it is for {@link #read}
     * to find. Texts longer than any name are cut, and bytes that no name has stand for themselves.
     *
     * @throws RequestRejected when the message is broken before it names a model
     */
    static Head head(byte[] message) {
        CodedInputStream in = CodedInputStream.newInstance(message);
        String model = "";
        String version = "";
        String id = "";
        try {
            boolean more = true;
            while (more) {
                int tag = in.readTag();
                switch (tag) {
                    case (ModelInferRequest.MODEL_NAME_FIELD_NUMBER << 3) | DELIMITED -> model = name(in, message);
                    case (ModelInferRequest.MODEL_VERSION_FIELD_NUMBER << 3) | DELIMITED -> version = name(in, message);
                    case (ModelInferRequest.ID_FIELD_NUMBER << 3) | DELIMITED -> id = name(in, message);
                    default -> more = tag != 0 && in.skipField(tag);
                }
            }
        } catch (IOException e) {
            if (model.isEmpty()) {
                throw broken();
            }
        }
        return new Head(model, version, id);
    }

    private static String name(CodedInputStream in, byte[] message) throws IOException {
        int length = in.readRawVarint32();
        int offset = in.getTotalBytesRead();
        in.skipRawBytes(length);
        return new String(message, offset, Math.min(length, Names.MAX_LENGTH + 1), StandardCharsets.ISO_8859_1);
    }

    static RequestRejected broken() {
        return new RequestRejected(FailureCode.MALFORMED_BODY, "the message is no valid Protocol Buffers", "message");
    }

    private InferRequest request() throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case (ModelInferRequest.MODEL_NAME_FIELD_NUMBER << 3) | DELIMITED -> model = text("model_name");
                case (ModelInferRequest.MODEL_VERSION_FIELD_NUMBER << 3) | DELIMITED -> version = text("model_version");
                case (ModelInferRequest.ID_FIELD_NUMBER << 3) | DELIMITED -> id = text("id");
                case (ModelInferRequest.PARAMETERS_FIELD_NUMBER << 3) | DELIMITED ->
                    parameter(parameters, "parameters");
                case (ModelInferRequest.INPUTS_FIELD_NUMBER << 3) | DELIMITED -> input();
                case (ModelInferRequest.OUTPUTS_FIELD_NUMBER << 3) | DELIMITED -> output();
                case (ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER << 3) | DELIMITED -> {
                    TensorLimits.requireCount(raw.size() + 1, limits, "raw_input_contents");
                    raw.add(view());
                }
                default -> skip(tag);
            }
        }
        Parameters.requireKnown(parameters, "parameters");
        return new InferRequest(model, version, id, parameters, inputs, outputs, raw);
    }

    private void input() throws IOException {
        TensorLimits.requireCount(inputs.size() + 1, limits, "inputs");
        String place = "inputs[" + inputs.size() + "]";
        String name = "";
        String datatype = "";
        List<Long> shape = new ArrayList<>();
        List<ByteBuffer> contents = new ArrayList<>();
        Map<String, Object> own = new HashMap<>();
        int outer = enter();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case (InferInputTensor.NAME_FIELD_NUMBER << 3) | DELIMITED -> name = text(place + ".name");
                case (InferInputTensor.DATATYPE_FIELD_NUMBER << 3) | DELIMITED -> datatype = text(place + ".datatype");
                case (InferInputTensor.SHAPE_FIELD_NUMBER << 3) | VARINT -> extent(shape, place);
                case (InferInputTensor.SHAPE_FIELD_NUMBER << 3) | DELIMITED -> {
                    int around = enter();
                    while (in.getBytesUntilLimit() > 0) {
                        extent(shape, place);
                    }
                    in.popLimit(around);
                }
                case (InferInputTensor.PARAMETERS_FIELD_NUMBER << 3) | DELIMITED ->
                    parameter(own, place + ".parameters");
                case (InferInputTensor.CONTENTS_FIELD_NUMBER << 3) | DELIMITED -> contents(contents, place);
                default -> skip(tag);
            }
        }
        leave(outer);
        Parameters.requireKnownOfTensor(own, place + ".parameters");
        inputs.add(new InferRequest.Input(name, datatype, shape, contents));
    }

    private void extent(List<Long> shape, String place) throws IOException {
        if (shape.size() == limits.maxRank()) {
            throw TensorLimits.rankTooHigh(limits).at(place);
        }
        shape.add(in.readInt64());
    }

    private void contents(List<ByteBuffer> contents, String place) throws IOException {
        TensorLimits.requireCount(contents.size() + 1, limits, place + ".contents");
        contents.add(view());
    }

    private void output() throws IOException {
        TensorLimits.requireCount(outputs.size() + 1, limits, "outputs");
        String place = "outputs[" + outputs.size() + "]";
        String name = "";
        Map<String, Object> own = new HashMap<>();
        int outer = enter();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case (InferRequestedOutputTensor.NAME_FIELD_NUMBER << 3) | DELIMITED -> name = text(place + ".name");
                case (InferRequestedOutputTensor.PARAMETERS_FIELD_NUMBER << 3) | DELIMITED ->
                    parameter(own, place + ".parameters");
                default -> skip(tag);
            }
        }
        leave(outer);
        Parameters.requireKnownOfTensor(own, place + ".parameters");
        if (name.isEmpty()) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the field is missing", place + ".name");
        }
        outputs.add(name);
    }

    /** Reads one entry of a map; the last of several under one key counts, and one without a value is none. */
    private void parameter(Map<String, Object> into, String place) throws IOException {
        TensorLimits.requireCount(into.size() + 1, limits, place);
        String key = "";
        Object value = null;
        int outer = enter();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case (KEY_FIELD << 3) | DELIMITED -> key = text(place);
                case (VALUE_FIELD << 3) | DELIMITED -> value = value(value, place);
                default -> skip(tag);
            }
        }
        leave(outer);
        if (value == null) {
            into.remove(key);
        } else {
            into.put(key, value);
        }
    }

    private @Nullable Object value(@Nullable Object before, String place) throws IOException {
        Object value = before;
        int outer = enter();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case (InferParameter.BOOL_PARAM_FIELD_NUMBER << 3) | VARINT -> value = in.readBool();
                case (InferParameter.INT64_PARAM_FIELD_NUMBER << 3) | VARINT -> value = in.readInt64();
                case (InferParameter.STRING_PARAM_FIELD_NUMBER << 3) | DELIMITED -> value = text(place);
                case (InferParameter.DOUBLE_PARAM_FIELD_NUMBER << 3) | FIXED64 -> value = in.readDouble();
                case (InferParameter.UINT64_PARAM_FIELD_NUMBER << 3) | VARINT -> value = unsigned(in.readUInt64());
                default -> skip(tag);
            }
        }
        leave(outer);
        return value;
    }

    private static Object unsigned(long bits) {
        return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private int enter() throws IOException {
        return in.pushLimit(in.readRawVarint32());
    }

    private void leave(int outer) throws IOException {
        in.checkLastTagWas(0);
        in.popLimit(outer);
    }

    private void skip(int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw broken();
        }
    }

    private ByteBuffer view() throws IOException {
        int length = in.readRawVarint32();
        int offset = in.getTotalBytesRead();
        in.skipRawBytes(length);
        return ByteBuffer.wrap(message, offset, length).slice();
    }

    private String text(String field) throws IOException {
        int length = in.readRawVarint32();
        if (length < 0) {
            throw broken();
        }
        if (length > limits.maxString()) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "the text is too long", field, (long) limits.maxString());
        }
        allocator.reserve(2L * length);
        return Utf8.decode(in.readRawBytes(length), field);
    }
}
