package dev.weir.api.v2;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.api.ApiConfig;
import dev.weir.api.Printable;
import dev.weir.api.TensorLimits;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the {@code parameters} that a request, an input or a requested output may have. */
final class V2Parameters {

    static final String FIELD = "parameters";

    private V2Parameters() {}

    /**
     * Reads an object of parameters; the parser stands on its first token and afterwards on its last. A null is none.
     *
     * @throws RequestRejected when there are too many, or one is neither string, number nor boolean
     */
    static Map<String, Object> read(JsonParser parser, ApiConfig limits) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "must be an object", FIELD);
        }
        Map<String, Object> parameters = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            TensorLimits.requireCount(parameters.size() + 1, limits, FIELD);
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token != JsonToken.VALUE_NULL) {
                parameters.put(name, value(parser, token, name));
            }
        }
        return parameters;
    }

    private static Object value(JsonParser parser, JsonToken token, String name) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? (Object) parser.getBigIntegerValue()
                        : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default ->
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "a parameter must be a string, a number or a boolean",
                        FIELD + "." + Printable.of(name));
        };
    }

    /**
     * Says whether a parameter is there and true.
     *
     * @throws RequestRejected when it is there and neither true nor false
     */
    static boolean isTrue(Map<String, Object> parameters, String name) {
        Object value = parameters.get(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new RequestRejected(FailureCode.INVALID_FIELD, "must be true or false", FIELD + "." + name);
    }
}
