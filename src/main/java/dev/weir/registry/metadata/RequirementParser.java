package dev.weir.registry.metadata;

import dev.weir.inference.Names;
import dev.weir.registry.metadata.Requirement.Operand;
import dev.weir.registry.metadata.Requirement.Operator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Reads one demand: a field, or a field, an operator and what to compare it with. Used once, by one thread. */
final class RequirementParser {

    private static final int MAX_LENGTH = 1_000;

    /** The longer ones first, so that none is taken for the beginning of another. */
    private static final List<Operator> OPERATORS = List.of(
            Operator.AT_LEAST, Operator.AT_MOST, Operator.UNEQUAL, Operator.EQUAL, Operator.ABOVE, Operator.BELOW);

    private static final Pattern NUMBER = Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

    private final String text;
    private int at;

    RequirementParser(String text) {
        this.text = text;
    }

    /** Says whether a text may stand in a field's name as it is. */
    static boolean isPlain(String text) {
        return !text.isEmpty() && text.chars().allMatch(RequirementParser::isNamePart);
    }

    /** Says whether a text may be compared with as it is. */
    static boolean isWord(String text) {
        return !text.isEmpty() && text.charAt(0) != '@' && text.chars().allMatch(RequirementParser::isWordPart);
    }

    /** Returns a text in quotes. */
    static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static boolean isNamePart(int c) {
        return (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-'
                || c == '.';
    }

    private static boolean isWordPart(int c) {
        return c > ' ' && c != '"' && c != '\\' && !Character.isWhitespace(c);
    }

    Requirement parse() {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a demand has at most " + MAX_LENGTH + " characters");
        }
        skipSpace();
        MetadataField field = field();
        skipSpace();
        if (isAtEnd()) {
            return new Requirement.Present(field);
        }
        int operatorAt = at;
        Operator operator = operator();
        skipSpace();
        if (field.kind() == MetadataField.Kind.GROUP) {
            throw wrong(operatorAt, "'" + field + "' has no value to compare; name a field in it");
        }
        if (field.kind() == MetadataField.Kind.TEXT && operator.orders()) {
            throw wrong(operatorAt, "'" + field + "' is text, which only = and != compare");
        }
        Operand operand = operand(field);
        skipSpace();
        if (!isAtEnd()) {
            throw wrong(at, "nothing may follow");
        }
        return new Requirement.Compared(field, operator, operand);
    }

    private MetadataField field() {
        int begin = at;
        String name = take(RequirementParser::isNamePart);
        if (name.endsWith(".") && !isAtEnd() && text.charAt(at) == '"') {
            name += quoted();
        }
        if (name.isEmpty()) {
            throw wrong(begin, "a field's name is expected");
        }
        try {
            return MetadataField.named(name);
        } catch (IllegalArgumentException e) {
            throw wrong(begin, String.valueOf(e.getMessage()));
        }
    }

    private Operator operator() {
        for (Operator operator : OPERATORS) {
            if (text.startsWith(operator.sign(), at)) {
                at += operator.sign().length();
                return operator;
            }
        }
        throw wrong(at, "one of = != >= <= > < is expected");
    }

    private Operand operand(MetadataField field) {
        int begin = at;
        if (isAtEnd()) {
            throw wrong(at, "something to compare with is expected");
        }
        if (text.charAt(at) == '@') {
            at++;
            String alias = take(RequirementParser::isWordPart);
            if (!Names.isName(alias)) {
                throw wrong(begin, "@ is followed by the name of an alias, or quote the text");
            }
            return new Operand.OfAlias(alias);
        }
        if (field.kind() == MetadataField.Kind.NUMBER) {
            return new Operand.Literal(new MetadataValue.Numeric(number(begin)));
        }
        String word = text.charAt(at) == '"' ? quoted() : take(RequirementParser::isWordPart);
        if (word.isBlank()) {
            throw wrong(begin, "a text that is not blank is expected");
        }
        return new Operand.Literal(new MetadataValue.Text(word));
    }

    private double number(int begin) {
        String word = take(RequirementParser::isWordPart);
        double number = NUMBER.matcher(word).matches() ? Double.parseDouble(word) : Double.NaN;
        if (!Double.isFinite(number)) {
            throw wrong(begin, "a number or an @alias is expected");
        }
        return number;
    }

    private String quoted() {
        int begin = at++;
        StringBuilder inside = new StringBuilder();
        while (!isAtEnd()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return inside.toString();
            }
            if (c == '\\') {
                if (isAtEnd() || (text.charAt(at) != '"' && text.charAt(at) != '\\')) {
                    throw wrong(at - 1, "\\ is followed by \" or \\");
                }
                c = text.charAt(at++);
            }
            inside.append(c);
        }
        throw wrong(begin, "the quote is not closed");
    }

    private String take(IntPredicate part) {
        int begin = at;
        while (!isAtEnd() && part.test(text.charAt(at))) {
            at++;
        }
        return text.substring(begin, at);
    }

    private void skipSpace() {
        while (!isAtEnd() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean isAtEnd() {
        return at == text.length();
    }

    private static IllegalArgumentException wrong(int position, String why) {
        return new IllegalArgumentException("character " + (position + 1) + ": " + why);
    }
}
