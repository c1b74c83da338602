package dev.weir.api;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the protocol's {@code parameters} may ask for.
 *
 * <p>Parameters are hints, and unknown ones are ignored; but one with a known meaning that this server does not
 * implement would change the answer, and is refused. Values are strings, booleans, and numbers of any size. Pure.
 */
public final class Parameters {

    private static final String TIMEOUT = "timeout";
    private static final String INFERENCE_ID = "inference_id";
    private static final String CONTENT_TYPE = "content_type";
    private static final long NANOS_PER_MICRO = 1000;

    private static final Set<String> SHARED_MEMORY =
            Set.of("shared_memory_region", "shared_memory_byte_size", "shared_memory_offset");

    private Parameters() {}

    /**
     * Checks a request's parameters.
     *
     * @param place what they hang on, such as {@code parameters}
     * @throws RequestRejected when one asks for what this server does not do
     */
    public static void requireKnown(Map<String, Object> parameters, String place) {
        parameters.forEach((name, value) -> {
            boolean refused =
                    switch (name) {
                        case "sequence_id", "priority" -> !isNothing(value);
                        case "sequence_start", "sequence_end" -> !Boolean.FALSE.equals(value);
                        case CONTENT_TYPE -> isBase64(value);
                        default -> SHARED_MEMORY.contains(name);
                    };
            if (refused) {
                throw unsupported(name, place);
            }
        });
    }

    /**
     * Checks an input's or a requested output's parameters.
     *
     * @param place what they hang on, such as {@code parameters}
     * @throws RequestRejected when one asks for what this server does not do
     */
    public static void requireKnownOfTensor(Map<String, Object> parameters, String place) {
        parameters.forEach((name, value) -> {
            boolean refused =
                    switch (name) {
                        case "classification" -> !isNothing(value);
                        case CONTENT_TYPE -> isBase64(value);
                        default -> SHARED_MEMORY.contains(name);
                    };
            if (refused) {
                throw unsupported(name, place);
            }
        });
    }

    /**
     * Returns how long the caller waits as the parameter {@code timeout} says, in microseconds, or null.
     *
     * @param place what the parameters hang on, such as {@code parameters}
     * @throws RequestRejected when it is no integer above 0
     */
    public static @Nullable Duration timeout(Map<String, Object> parameters, String place) {
        Object value = parameters.get(TIMEOUT);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Long micros) || micros < 1) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "a timeout is an integer of microseconds, above 0",
                    place + "." + TIMEOUT);
        }
        return Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * NANOS_PER_MICRO);
    }

    /**
     * Returns the caller's own ids of the rows as the parameter {@code inference_id} says, separated by commas, or null.
     *
     * @param place what the parameters hang on, such as {@code parameters}
     * @throws RequestRejected when it is no text
     */
    public static @Nullable List<String> inferenceIds(Map<String, Object> parameters, String place) {
        Object value = parameters.get(INFERENCE_ID);
        if (value == null) {
            return null;
        }
        if (!(value instanceof String ids)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "inference ids are a string, one for each row, separated by commas",
                    place + "." + INFERENCE_ID);
        }
        return Tags.ids(ids, place + "." + INFERENCE_ID);
    }

    /** Says whether a value is what a client library sends when its user asked for nothing. */
    private static boolean isNothing(Object value) {
        return value instanceof Number number ? number.doubleValue() == 0 : "".equals(value);
    }

    /** Says whether a content type is the one of MLServer's that makes other bytes of the elements. */
    private static boolean isBase64(Object value) {
        return value instanceof String type && type.toLowerCase(Locale.ROOT).equals("base64");
    }

    private static RequestRejected unsupported(String name, String place) {
        return new RequestRejected(
                FailureCode.UNSUPPORTED_PARAMETER,
                "this server does not implement parameter '" + name + "'",
                place + "." + name);
    }
}
