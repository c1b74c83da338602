package dev.weir.api.v2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.api.ApiConfig;
import dev.weir.api.JsonBodies;
import dev.weir.api.Parameters;
import dev.weir.api.RawTensors;
import dev.weir.api.TensorLimits;
import dev.weir.api.http.Body;
import dev.weir.api.v2.V2Request.OutputWish;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorJsonReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one v2 inference request: JSON, then the binary block its tensors point into.
 *
 * <p>Fields come in any order. A tensor's data that comes before its datatype and shape is skipped and read again once
 * they are known; so the common order costs one pass, and any other costs two over that part only. A field that is null
 * is as good as absent.
 */
final class V2RequestReader {

    private static final int MAX_EXTENTS = 64;

    private final JsonBodies json;
    private final ApiConfig limits;
    private final TensorAllocator allocator;
    private final Body body;
    private final int jsonLength;

    /**
     * Prepares to read.
     *
     * @param jsonLength how much of the body is JSON; the rest is the binary block
     */
    V2RequestReader(JsonBodies json, ApiConfig limits, TensorAllocator allocator, Body body, int jsonLength) {
        this.json = json;
        this.limits = limits;
        this.allocator = allocator;
        this.body = body;
        this.jsonLength = jsonLength;
    }

    /**
     * Reads the request.
     *
     * @throws RequestRejected naming the field that is wrong
     */
    V2Request read() {
        return json.read(body.bytes(), body.offset(), jsonLength, this::document);
    }

    private V2Request document(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the body must be a JSON object", "body");
        }
        String id = null;
        Map<String, Object> parameters = Map.of();
        List<InputEntry> entries = null;
        List<OutputWish> outputs = List.of();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field) {
                case "id" -> id = text(parser, "id");
                case "parameters" -> parameters = V2Parameters.read(parser, limits);
                case "inputs" -> entries = inputs(parser);
                case "outputs" -> outputs = outputs(parser);
                default -> parser.skipChildren();
            }
        }
        if (entries == null) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the request has no inputs", "inputs");
        }
        Parameters.requireKnown(parameters, V2Parameters.FIELD);
        return new V2Request(
                id, parameters, tensors(entries), outputs, V2Parameters.isTrue(parameters, "binary_data_output"));
    }

    /** A tensor being read; what it lacks is null. */
    private static final class InputEntry {
        @Nullable
        String name;

        @Nullable
        DataType datatype;

        @Nullable
        Shape shape;

        @Nullable
        Tensor tensor;

        Map<String, Object> parameters = Map.of();
        int dataStart = -1;
        int dataEnd;
    }

    private List<InputEntry> inputs(JsonParser parser) throws IOException {
        requireArray(parser, "inputs");
        List<InputEntry> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String place = "inputs[" + entries.size() + "]";
            TensorLimits.requireCount(entries.size() + 1, limits, "inputs");
            requireObject(parser, place);
            try {
                entries.add(input(parser));
            } catch (RequestRejected e) {
                throw e.at(place);
            }
        }
        return entries;
    }

    private InputEntry input(JsonParser parser) throws IOException {
        InputEntry entry = new InputEntry();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field) {
                case "name" -> entry.name = name(parser);
                case "datatype" -> entry.datatype = datatype(parser);
                case "shape" -> entry.shape = shape(parser);
                case "parameters" -> entry.parameters = V2Parameters.read(parser, limits);
                case "data" -> data(parser, entry);
                default -> parser.skipChildren();
            }
        }
        return entry;
    }

    private static @Nullable DataType datatype(JsonParser parser) throws IOException {
        String name = text(parser, "datatype");
        return name.isEmpty() ? null : DataType.named(name);
    }

    private void data(JsonParser parser, InputEntry entry) throws IOException {
        if (entry.name != null && entry.datatype != null && entry.shape != null) {
            TensorLimits.require(entry.datatype, entry.shape, limits);
            long left = jsonLength - parser.currentTokenLocation().getByteOffset();
            entry.tensor =
                    TensorJsonReader.read(parser, entry.name, entry.datatype, entry.shape, allocator, bounds(left));
            return;
        }
        entry.dataStart = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        entry.dataEnd = (int) parser.currentLocation().getByteOffset();
    }

    private TensorJsonReader.Bounds bounds(long json) {
        return new TensorJsonReader.Bounds(limits.maxString(), json);
    }

    private List<Tensor> tensors(List<InputEntry> entries) {
        ByteBuffer binary = ByteBuffer.wrap(body.bytes(), body.offset() + jsonLength, body.length() - jsonLength);
        List<Tensor> tensors = new ArrayList<>(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            try {
                tensors.add(tensor(entries.get(i), binary));
            } catch (RequestRejected e) {
                throw e.at("inputs[" + i + "]");
            }
        }
        if (binary.hasRemaining()) {
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY,
                    "the binary block has " + binary.remaining() + " bytes that no input claims",
                    "body");
        }
        return tensors;
    }

    private Tensor tensor(InputEntry entry, ByteBuffer binary) {
        String name = require(entry.name, "name");
        DataType datatype = require(entry.datatype, "datatype");
        Shape shape = require(entry.shape, "shape");
        Parameters.requireKnownOfTensor(entry.parameters, V2Parameters.FIELD);
        TensorLimits.require(datatype, shape, limits);
        Object size = entry.parameters.get("binary_data_size");
        if (size != null) {
            if (entry.tensor != null || entry.dataStart >= 0) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "an input has either data or binary_data_size", "data");
            }
            return RawTensors.read(name, datatype, shape, block(size, binary), allocator, limits);
        }
        if (entry.tensor != null) {
            return entry.tensor;
        }
        if (entry.dataStart < 0) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the input has no data", "data");
        }
        int length = entry.dataEnd - entry.dataStart;
        return json.reread(body.bytes(), body.offset() + entry.dataStart, length, "data", again -> {
            again.nextToken();
            return TensorJsonReader.read(again, name, datatype, shape, allocator, bounds(length));
        });
    }

    private static ByteBuffer block(Object size, ByteBuffer binary) {
        if (!(size instanceof Long bytes) || bytes < 0) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "must be an integer of 0 or more", "parameters.binary_data_size");
        }
        if (bytes > binary.remaining()) {
            throw new RequestRejected(
                    FailureCode.MALFORMED_BODY,
                    "the binary block has only " + binary.remaining() + " bytes left",
                    "parameters.binary_data_size",
                    (long) binary.remaining());
        }
        ByteBuffer block = binary.slice(binary.position(), bytes.intValue());
        binary.position(binary.position() + bytes.intValue());
        return block;
    }

    private Shape shape(JsonParser parser) throws IOException {
        requireArray(parser, "shape");
        long[] extents = new long[8];
        int rank = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                    || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD, "a dimension must be a 64-bit integer", "shape[" + rank + "]");
            }
            if (rank == MAX_EXTENTS) {
                throw TensorLimits.rankTooHigh(limits);
            }
            if (rank == extents.length) {
                extents = Arrays.copyOf(extents, MAX_EXTENTS);
            }
            extents[rank++] = parser.getLongValue();
        }
        return Shape.of(Arrays.copyOf(extents, rank));
    }

    private List<OutputWish> outputs(JsonParser parser) throws IOException {
        requireArray(parser, "outputs");
        List<OutputWish> wishes = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String place = "outputs[" + wishes.size() + "]";
            TensorLimits.requireCount(wishes.size() + 1, limits, "outputs");
            requireObject(parser, place);
            try {
                wishes.add(output(parser));
            } catch (RequestRejected e) {
                throw e.at(place);
            }
        }
        return wishes;
    }

    private OutputWish output(JsonParser parser) throws IOException {
        String name = null;
        Map<String, Object> parameters = Map.of();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (field) {
                case "name" -> name = name(parser);
                case "parameters" -> parameters = V2Parameters.read(parser, limits);
                default -> parser.skipChildren();
            }
        }
        Parameters.requireKnownOfTensor(parameters, V2Parameters.FIELD);
        Boolean binary = parameters.containsKey("binary_data") ? V2Parameters.isTrue(parameters, "binary_data") : null;
        return new OutputWish(require(name, "name"), binary);
    }

    /** Reads a name; an empty one is none, as gRPC has it. */
    private static @Nullable String name(JsonParser parser) throws IOException {
        String name = text(parser, "name");
        return name.isEmpty() ? null : name;
    }

    private static String text(JsonParser parser, String field) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "must be a string", field);
        }
        return parser.getText();
    }

    private static void requireArray(JsonParser parser, String field) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "must be an array", field);
        }
    }

    private static void requireObject(JsonParser parser, String field) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "must be an object", field);
        }
    }

    private static <T> T require(@Nullable T value, String field) {
        if (value == null) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "the field is missing", field);
        }
        return value;
    }
}
