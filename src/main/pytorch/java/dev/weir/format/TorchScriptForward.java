package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a TorchScript module says of its {@code forward}: arguments with types, and the type of the result. Files hold
 * the module's code as text with every type spelt out, and this reads that one line of it.
 *
 * @param arguments without {@code self}, in order
 * @param result what the outputs come as
 */
record TorchScriptForward(List<Argument> arguments, Result result) {

    /**
     * An argument.
     *
     * @param name its name in the code
     * @param type its type in the code
     * @param optional whether it has a default
     */
    record Argument(String name, String type, boolean optional) {

        boolean takesTensor() {
            return type.equals("Tensor") || type.equals("Optional[Tensor]");
        }
    }

    /** What outputs come as. */
    sealed interface Result {
        /** One tensor. */
        record Single() implements Result {}

        /** So many tensors in the order of the signature's outputs. */
        record Tuple(int size) implements Result {}

        /** Tensors in the order of the signature's outputs, as many as the run gives. */
        record Sequence() implements Result {}

        /** Tensors by name. */
        record Named() implements Result {}
    }

    private static final Pattern HEAD = Pattern.compile("\\n  def forward\\(");
    private static final Pattern TUPLE = Pattern.compile("Tuple\\[(Tensor(?:, Tensor)*)]");

    /** Copies. */
    TorchScriptForward {
        arguments = List.copyOf(arguments);
    }

    /**
     * Reads the code of a module.
     *
     * @param code the source file that holds it
     * @param type the module's class
     * @throws ArtifactRejected when it has no {@code forward}, or one whose result is no tensor and no plain collection
     *     of tensors
     */
    static TorchScriptForward parse(String code, String type) {
        String module = body(code, type);
        Matcher head = HEAD.matcher(module);
        if (!head.find()) {
            throw new ArtifactRejected("the model has no method 'forward'");
        }
        int end = closing(module, head.end());
        List<Argument> arguments = new ArrayList<>();
        for (String each : split(module.substring(head.end(), end))) {
            arguments.add(argument(each));
        }
        int colon = module.indexOf(":\n", end);
        int arrow = module.indexOf("->", end);
        if (arguments.isEmpty() || arrow < 0 || colon < arrow) {
            throw new ArtifactRejected("the model's method 'forward' can't be read");
        }
        String result = module.substring(arrow + 2, colon).strip();
        return new TorchScriptForward(arguments.subList(1, arguments.size()), result(result));
    }

    private static String body(String code, String type) {
        Matcher begin =
                Pattern.compile("(?m)^class " + Pattern.quote(type) + "\\(.*$").matcher(code);
        if (!begin.find()) {
            throw new ArtifactRejected("the model's file lacks the code of its module");
        }
        int next = code.indexOf("\nclass ", begin.end());
        return code.substring(begin.end(), next < 0 ? code.length() : next);
    }

    private static Result result(String type) {
        Matcher tuple = TUPLE.matcher(type);
        if (tuple.matches()) {
            return new Result.Tuple(split(tuple.group(1)).size());
        }
        return switch (type) {
            case "Tensor" -> new Result.Single();
            case "List[Tensor]" -> new Result.Sequence();
            case "Dict[str, Tensor]" -> new Result.Named();
            default ->
                throw new ArtifactRejected("the model's 'forward' gives '" + shown(type)
                        + "'; it must give a tensor, or a tuple, a list or a dictionary of tensors");
        };
    }

    private static Argument argument(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new ArtifactRejected("the model's method 'forward' can't be read");
        }
        int equals = text.indexOf('=', colon);
        String type = text.substring(colon + 1, equals < 0 ? text.length() : equals);
        return new Argument(text.substring(0, colon).strip(), type.strip(), equals >= 0);
    }

    /** Returns where the bracket closes that was opened before {@code from}. */
    private static int closing(String text, int from) {
        int depth = 1;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '(' || c == '[') {
                depth++;
            } else if (c == ')' || c == ']') {
                depth--;
                if (depth == 0) {
                    return i;
                }
            }
        }
        throw new ArtifactRejected("the model's method 'forward' can't be read");
    }

    /** Splits at the commas that stand in no bracket. */
    private static List<String> split(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int begin = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '(' || c == '[') {
                depth++;
            } else if (c == ')' || c == ']') {
                depth--;
            } else if (c == ',' && depth == 0) {
                parts.add(list.substring(begin, i));
                begin = i + 1;
            }
        }
        parts.add(list.substring(begin));
        return parts;
    }

    /**
     * Requires that a signature can be that of this method.
     *
     * @throws ArtifactRejected naming what differs
     */
    void requireFit(ModelSignature promised) {
        List<String> names = promised.inputs().stream().map(TensorSpec::name).toList();
        long needed = arguments.stream().filter(each -> !each.optional()).count();
        if (names.size() < needed || names.size() > arguments.size()) {
            throw new ArtifactRejected(
                    "the model takes " + described() + ", but the manifest lists " + names.size() + " inputs");
        }
        for (Argument argument : arguments.subList(0, names.size())) {
            if (!argument.takesTensor()) {
                throw new ArtifactRejected("the model takes '" + shown(argument.name()) + "' as '"
                        + shown(argument.type()) + "', which is no tensor");
            }
        }
        List<String> own =
                arguments.subList(0, names.size()).stream().map(Argument::name).toList();
        if (!own.equals(names) && Set.copyOf(own).equals(Set.copyOf(names))) {
            throw new ArtifactRejected(
                    "the manifest lists the inputs in another order than the model takes them: " + described());
        }
        requireOutputs(promised.outputs().size());
    }

    private void requireOutputs(int promised) {
        int given =
                switch (result) {
                    case Result.Single() -> 1;
                    case Result.Tuple(int size) -> size;
                    case Result.Sequence(), Result.Named() -> promised;
                };
        if (given != promised) {
            throw new ArtifactRejected("the model gives " + given + (given == 1 ? " output" : " outputs")
                    + ", but the manifest lists " + promised);
        }
    }

    private String described() {
        return shown(arguments.stream()
                .map(each -> each.optional() ? "[" + each.name() + "]" : each.name())
                .collect(Collectors.joining(", ", "(", ")")));
    }

    /** Cuts what comes from the file to a length fit for a message. */
    private static String shown(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
