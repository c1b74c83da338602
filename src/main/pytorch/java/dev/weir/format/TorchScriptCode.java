package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What TorchScript code may not say. The language has no way to Python, but its operators can read and write any file
 * of this process, or call other machines. Their names are refused wherever they stand, even in texts and comments: a
 * reader that is cleverer than that could be outwitted.
 */
final class TorchScriptCode {

    /** Operators that reach beyond tensors, by any spelling of the module they are called on. */
    private static final Pattern REACHING =
            Pattern.compile("\\b(from_file|save|load_tensor|rpc_async|rpc_sync|rpc_remote)\\b");

    /** Operators of the language itself, of tensors, and of quantized models. */
    private static final Set<String> OPERATORS = Set.of("aten", "prim", "quantized");

    /** Classes that quantized and recurrent models keep their weights in. */
    private static final Set<String> CLASSES = Set.of("quantized", "rnn");

    private static final Pattern OPERATOR = Pattern.compile("\\bops\\b(?:\\.(\\w+))?");
    private static final Pattern CLASS = Pattern.compile("\\btorch\\.classes\\b(?:\\.(\\w+))?");

    private static final Pattern ANY_GETATTR = Pattern.compile("\\b(getattr|hasattr|setattr)\\b");
    private static final Pattern PLAIN_GETATTR = Pattern.compile("\\Ggetattr\\([\\w.]+, \"[\\w.]+\"\\)");

    private TorchScriptCode() {}

    /**
     * Requires that code names nothing that reaches beyond the model.
     *
     * @throws ArtifactRejected naming what it names
     */
    static void requireHarmless(String code) {
        Matcher reaching = REACHING.matcher(code);
        if (reaching.find()) {
            throw new ArtifactRejected("the model's code names '" + reaching.group()
                    + "'; operators that reach files or other machines are not served");
        }
        Matcher operator = OPERATOR.matcher(code);
        while (operator.find()) {
            requireKnown("operators", operator.group(1), OPERATORS);
        }
        requireKnownClasses(code);
        requirePlainNames(code);
    }

    /**
     * Requires that code or a pickle names no native class but PyTorch's own for weights.
     *
     * @throws ArtifactRejected naming where the class is from
     */
    static void requireKnownClasses(String text) {
        Matcher type = CLASS.matcher(text);
        while (type.find()) {
            requireKnown("classes", type.group(1), CLASSES);
        }
    }

    private static void requireKnown(String what, @org.jspecify.annotations.Nullable String space, Set<String> known) {
        if (space == null || !known.contains(space)) {
            throw new ArtifactRejected("the model uses custom " + what + " of '" + (space == null ? "?" : shown(space))
                    + "', which are not served");
        }
    }

    /** Names are only what they look like: none is put together from pieces. */
    private static void requirePlainNames(String code) {
        Matcher any = ANY_GETATTR.matcher(code);
        Matcher plain = PLAIN_GETATTR.matcher(code);
        while (any.find()) {
            if (!plain.find(any.start())) {
                throw new ArtifactRejected("the model's code looks up a name in a way that is not served");
            }
        }
    }

    private static String shown(String name) {
        return name.substring(0, Math.min(name.length(), 100));
    }
}
