package dev.weir.api.rows;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import org.jspecify.annotations.Nullable;

/** Whether a CSV body begins with the names of its columns. */
enum CsvHeader {
    /** It does if the first line's cells are the columns' names, all of them, in any order. */
    GUESSED,
    /** It does. */
    PRESENT,
    /** It does not. */
    ABSENT;

    /**
     * Reads the content type's parameter.
     *
     * @throws RequestRejected when it holds another word than RFC 4180 has
     */
    static CsvHeader of(@Nullable String parameter) {
        if (parameter == null) {
            return GUESSED;
        }
        return switch (parameter) {
            case "present" -> PRESENT;
            case "absent" -> ABSENT;
            default ->
                throw new RequestRejected(
                        FailureCode.INVALID_HEADER, "the parameter header must be present or absent", "Content-Type");
        };
    }
}
