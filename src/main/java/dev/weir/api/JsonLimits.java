package dev.weir.api;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.Serial;

/** Our limits as the parser asks for them; whoever breaks one learns which, and how far one may go. Immutable. */
final class JsonLimits extends StreamReadConstraints {

    @Serial
    private static final long serialVersionUID = 1;

    JsonLimits(ApiConfig limits) {
        super(
                limits.maxNesting(),
                DEFAULT_MAX_DOC_LEN,
                limits.maxNumber(),
                limits.maxString(),
                limits.maxFieldName(),
                DEFAULT_MAX_TOKEN_COUNT);
    }

    /** What a limit is on. */
    enum Kind {
        /** How deep objects and arrays stand in one another. */
        NESTING("the document is nested too deeply"),
        /** A string's characters. */
        STRING("a string is too long"),
        /** A number's characters. */
        NUMBER("a number is too long"),
        /** A field name's characters. */
        NAME("a field name is too long");

        private final String message;

        Kind(String message) {
            this.message = message;
        }
    }

    /** A limit that a document breaks. */
    static final class Broken extends StreamConstraintsException {

        @Serial
        private static final long serialVersionUID = 1;

        private final Kind kind;
        private final long limit;

        Broken(Kind kind, long limit) {
            super(kind.message);
            this.kind = kind;
            this.limit = limit;
        }

        Kind kind() {
            return kind;
        }

        long limit() {
            return limit;
        }
    }

    private static void require(long value, long limit, Kind kind) throws Broken {
        if (value > limit) {
            throw new Broken(kind, limit);
        }
    }

    @Override
    public void validateNestingDepth(int depth) throws StreamConstraintsException {
        require(depth, _maxNestingDepth, Kind.NESTING);
    }

    @Override
    public void validateStringLength(int length) throws StreamConstraintsException {
        require(length, _maxStringLen, Kind.STRING);
    }

    @Override
    public void validateNameLength(int length) throws StreamConstraintsException {
        require(length, _maxNameLen, Kind.NAME);
    }

    @Override
    public void validateFPLength(int length) throws StreamConstraintsException {
        require(length, _maxNumLen, Kind.NUMBER);
    }

    @Override
    public void validateIntegerLength(int length) throws StreamConstraintsException {
        require(length, _maxNumLen, Kind.NUMBER);
    }
}
