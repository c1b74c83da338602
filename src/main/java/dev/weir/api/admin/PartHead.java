package dev.weir.api.admin;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The head of a part of a multipart body. Read as it stands: nothing in it is decoded or unescaped, so that no spelling of
 * a path can come out as another one.
 *
 * @param name the part's name
 * @param fileName the file's name, as sent; null when the part is none of a file
 */
record PartHead(String name, @Nullable String fileName) {

    private static final String DISPOSITION = "content-disposition";
    private static final String ENCODING = "content-transfer-encoding";
    private static final Set<String> PLAIN = Set.of("7bit", "8bit", "binary");

    /**
     * Reads a head.
     *
     * @throws RequestRejected when it is none of a form's part
     */
    static PartHead parse(String head) {
        String disposition = null;
        for (String line : head.split("\r\n", -1)) {
            int colon = line.indexOf(':');
            if (line.isEmpty()) {
                continue;
            }
            if (colon <= 0 || Character.isWhitespace(line.charAt(0))) {
                throw malformed();
            }
            String key = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            if (key.equals(ENCODING) && !PLAIN.contains(value.toLowerCase(Locale.ROOT))) {
                throw new RequestRejected(
                        FailureCode.UNSUPPORTED_MEDIA_TYPE, "a part is encoded; send it as it is", "body");
            }
            if (key.equals(DISPOSITION)) {
                if (disposition != null) {
                    throw malformed();
                }
                disposition = value;
            }
        }
        if (disposition == null) {
            throw malformed();
        }
        Map<String, String> parameters = parameters(disposition);
        String name = parameters.get("name");
        if (name == null || parameters.containsKey("filename*")) {
            throw malformed();
        }
        return new PartHead(name, parameters.get("filename"));
    }

    private static RequestRejected malformed() {
        return new RequestRejected(
                FailureCode.MALFORMED_BODY,
                "a part has no head such as Content-Disposition: form-data; name=\"model\"; filename=\"model.onnx\"",
                "body");
    }

    private static Map<String, String> parameters(String disposition) {
        int at = disposition.indexOf(';');
        if (at < 0 || !disposition.substring(0, at).strip().equalsIgnoreCase("form-data")) {
            throw malformed();
        }
        Map<String, String> parameters = new HashMap<>();
        while (at < disposition.length()) {
            int equals = disposition.indexOf('=', at);
            if (disposition.charAt(at) != ';' || equals < 0) {
                throw malformed();
            }
            String key = disposition.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
            int end;
            String value;
            if (equals + 1 < disposition.length() && disposition.charAt(equals + 1) == '"') {
                int quote = disposition.indexOf('"', equals + 2);
                if (quote < 0) {
                    throw malformed();
                }
                value = disposition.substring(equals + 2, quote);
                end = quote + 1;
                while (end < disposition.length() && disposition.charAt(end) == ' ') {
                    end++;
                }
            } else {
                int semicolon = disposition.indexOf(';', equals);
                end = semicolon < 0 ? disposition.length() : semicolon;
                value = disposition.substring(equals + 1, end).strip();
            }
            if (parameters.put(key, value) != null) {
                throw malformed();
            }
            at = end;
        }
        return parameters;
    }
}
