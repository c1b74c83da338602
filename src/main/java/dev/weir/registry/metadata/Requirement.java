package dev.weir.registry.metadata;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One demand of a policy on what a version's manifest says. Its text form is what {@link #parse} reads. */
public sealed interface Requirement {

    /** How a field compares with something. */
    enum Operator {
        /** The same. */
        EQUAL("="),
        /** Not the same. */
        UNEQUAL("!="),
        /** Larger, or the same. */
        AT_LEAST(">="),
        /** Smaller, or the same. */
        AT_MOST("<="),
        /** Larger. */
        ABOVE(">"),
        /** Smaller. */
        BELOW("<");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        /** Returns the sign, as a policy writes it. */
        public String sign() {
            return sign;
        }

        boolean orders() {
            return this != EQUAL && this != UNEQUAL;
        }

        boolean holds(double left, double right) {
            return switch (this) {
                case EQUAL -> left == right;
                case UNEQUAL -> left != right;
                case AT_LEAST -> left >= right;
                case AT_MOST -> left <= right;
                case ABOVE -> left > right;
                case BELOW -> left < right;
            };
        }
    }

    /** What a field is compared with. */
    sealed interface Operand {

        /** A value in the policy itself. */
        record Literal(MetadataValue value) implements Operand {
            @Override
            public String toString() {
                return switch (value) {
                    case MetadataValue.Numeric number -> number.toString();
                    case MetadataValue.Text(String text) ->
                        RequirementParser.isWord(text) ? text : RequirementParser.quote(text);
                };
            }
        }

        /** The same field of the version behind an alias of the same model; the alias without its {@code @}. */
        record OfAlias(String alias) implements Operand {
            @Override
            public String toString() {
                return "@" + alias;
            }
        }
    }

    /**
     * The version that an alias gives to compare with.
     *
     * @param version its name
     * @param metadata what its manifest says; null when that can't be read
     */
    record Bar(String version, @Nullable Metadata metadata) {}

    /** A field must be there. */
    record Present(MetadataField field) implements Requirement {
        @Override
        public @Nullable String unmet(Metadata metadata, Function<String, @Nullable Bar> bars) {
            return metadata.has(field.path()) ? null : field + " is missing";
        }

        @Override
        public String toString() {
            return field.toString();
        }
    }

    /** A field must be there and compare. */
    record Compared(MetadataField field, Operator operator, Operand operand) implements Requirement {

        @Override
        public @Nullable String unmet(Metadata metadata, Function<String, @Nullable Bar> bars) {
            MetadataValue value = metadata.value(field.path());
            if (value == null) {
                return field + " is missing";
            }
            if (value instanceof MetadataValue.Numeric(double number) && !Double.isFinite(number)) {
                return field + " is no finite number";
            }
            return switch (operand) {
                case Operand.Literal(MetadataValue wanted) ->
                    holds(value, wanted) ? null : says(value) + operator.sign() + " " + operand;
                case Operand.OfAlias(String alias) -> unmet(value, bars.apply(alias));
            };
        }

        private @Nullable String unmet(MetadataValue value, @Nullable Bar bar) {
            if (bar == null) {
                return null;
            }
            Metadata other = bar.metadata();
            if (other == null) {
                return field + " can't be compared: the manifest of version " + bar.version() + ", behind " + operand
                        + ", can't be read";
            }
            MetadataValue wanted = other.value(field.path());
            if (wanted == null || holds(value, wanted)) {
                return null;
            }
            return says(value) + operator.sign() + " " + wanted + ", that of version " + bar.version() + " behind "
                    + operand;
        }

        private String says(MetadataValue value) {
            return field + " is " + value + ", not ";
        }

        private boolean holds(MetadataValue value, MetadataValue wanted) {
            if (value instanceof MetadataValue.Numeric(double left)
                    && wanted instanceof MetadataValue.Numeric(double right)) {
                return operator.holds(left, right);
            }
            return value.equals(wanted) == (operator == Operator.EQUAL);
        }

        @Override
        public String toString() {
            return field + " " + operator.sign() + " " + operand;
        }
    }

    /** Returns the field that is demanded. */
    MetadataField field();

    /**
     * Says why a version does not meet this, or null when it does.
     *
     * @param metadata what its manifest says
     * @param bars by alias without its {@code @}, the version to compare with; null when nothing sets a bar, which every
     *     version then reaches that has the field
     */
    @Nullable
    String unmet(Metadata metadata, Function<String, @Nullable Bar> bars);

    /**
     * Reads {@code lineage.git_commit}, {@code metrics.auc >= 0.9}, {@code lineage.project = "fraud"} or
     * {@code metrics.auc >= @champion}.
     *
     * @throws IllegalArgumentException naming the position, when it is none of these
     */
    static Requirement parse(String text) {
        return new RequirementParser(text).parse();
    }
}
