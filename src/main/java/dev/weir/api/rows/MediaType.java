package dev.weir.api.rows;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A content type.
 *
 * @param type type and subtype in lower case
 * @param parameters by name, in lower case; values without their quotes
 */
record MediaType(String type, Map<String, String> parameters) {

    /** Copies the parameters. */
    MediaType {
        parameters = Map.copyOf(parameters);
    }

    /** Reads a header's value. */
    static MediaType of(String header) {
        String[] parts = header.split(";", -1);
        Map<String, String> parameters = new HashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals > 0) {
                String name = parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT);
                parameters.put(name, parts[i].substring(equals + 1).strip().replace("\"", ""));
            }
        }
        return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
    }

    /** Returns a parameter, or null. */
    @Nullable
    String parameter(String name) {
        return parameters.get(name);
    }

    /**
     * Checks that text of this type is UTF-8.
     *
     * @throws RequestRejected when it says otherwise
     */
    void requireUtf8() {
        String charset = parameters.get("charset");
        if (charset != null && !charset.equalsIgnoreCase("utf-8") && !charset.equalsIgnoreCase("us-ascii")) {
            throw new RequestRejected(FailureCode.UNSUPPORTED_MEDIA_TYPE, "bodies must be UTF-8", "Content-Type");
        }
    }

    /** Says whether a caller that accepts these types would rather have CSV than JSON. */
    static boolean prefersCsv(@Nullable String accept) {
        if (accept == null) {
            return false;
        }
        boolean csv = false;
        for (String range : accept.split(",", -1)) {
            MediaType type = of(range);
            if (type.type().equals("application/json")) {
                return false;
            }
            csv |= type.type().equals("text/csv") && !"0".equals(type.parameter("q"));
        }
        return csv;
    }
}
