package dev.weir.registry.metadata;

/** The value of one field of a manifest. */
public sealed interface MetadataValue {

    /** A text, a word or a digest. */
    record Text(String text) implements MetadataValue {
        @Override
        public String toString() {
            return text;
        }
    }

    /** A number, which need not be finite. */
    record Numeric(double number) implements MetadataValue {

        private static final double EXACT = 1e15;

        @Override
        public String toString() {
            return number == Math.rint(number) && Math.abs(number) < EXACT
                    ? Long.toString((long) number)
                    : Double.toString(number);
        }
    }
}
