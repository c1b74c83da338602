package dev.weir.api.audit;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import jakarta.ws.rs.core.UriInfo;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads query parameters, strictly: a filter that is misspelt would find what nobody looked for. */
final class Queries {

    private static final int MAX_REASON = 500;

    private Queries() {}

    /**
     * Requires that a request has no other parameters, none twice and none empty.
     *
     * @throws RequestRejected when it has
     */
    static void requireKnown(UriInfo uri, Set<String> known) {
        uri.getQueryParameters().forEach((name, values) -> {
            if (!known.contains(name)) {
                throw new RequestRejected(
                        FailureCode.INVALID_FIELD,
                        "known parameters are " + known.stream().sorted().collect(Collectors.joining(", ")),
                        "query");
            }
            if (values.size() > 1) {
                throw new RequestRejected(FailureCode.INVALID_FIELD, "a parameter is given twice", name);
            }
            if (values.getFirst().isEmpty()) {
                throw new RequestRejected(FailureCode.INVALID_FIELD, "a parameter is empty", name);
            }
        });
    }

    static @Nullable Instant time(@Nullable String text, String field) {
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "a time is written as 2026-01-02T03:04:05Z, with an offset", field);
        }
    }

    static boolean flag(@Nullable String text, String field, boolean fallback) {
        return text == null ? fallback : word(text, field, List.of(false, true), Object::toString);
    }

    /** Returns the value that a word stands for. */
    static <T> T word(String text, String field, List<T> values, Function<T, String> words) {
        for (T value : values) {
            if (words.apply(value).equals(text)) {
                return value;
            }
        }
        throw new RequestRejected(
                FailureCode.INVALID_FIELD,
                field + " is one of " + values.stream().map(words).collect(Collectors.joining(", ")),
                field);
    }

    static <T> @Nullable T word(@Nullable String text, String field, T[] values, Function<T, String> words) {
        return text == null ? null : word(text, field, Arrays.asList(values), words);
    }

    static boolean newestFirst(@Nullable String order, boolean fallback) {
        return order == null
                ? fallback
                : word(order, "order", List.of("oldest", "newest"), each -> each)
                        .equals("newest");
    }

    static int limit(@Nullable String text, int fallback, int most) {
        if (text == null) {
            return fallback;
        }
        int limit;
        try {
            limit = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            limit = 0;
        }
        if (limit < 1 || limit > most) {
            throw new RequestRejected(FailureCode.LIMIT_EXCEEDED, "limit is 1 to " + most, "limit", (long) most);
        }
        return limit;
    }

    /** Returns why somebody reads, which is kept. */
    static @Nullable String reason(@Nullable String text) {
        if (text != null && text.length() > MAX_REASON) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a reason has at most " + MAX_REASON + " characters", "reason", (long)
                            MAX_REASON);
        }
        return text;
    }
}
