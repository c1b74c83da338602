package dev.weir.format;

import dev.weir.failure.ArtifactRejected;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The operators that a model uses, by the domains of their names. Those that ONNX Runtime does not bring come from
 * libraries of native code, which Weir never loads; the runtime would find that out only in the middle of its work.
 *
 * <p>A function that the file itself defines, of operators that are built in, is no such operator, whatever its domain.
 */
final class OnnxDomains {

    /** What ONNX Runtime 1.29 registers, its own passes included; the empty one is ONNX itself. */
    private static final Set<String> BUILT_IN = Set.of(
            "",
            "ai.onnx",
            "ai.onnx.ml",
            "ai.onnx.training",
            "ai.onnx.preview",
            "ai.onnx.preview.training",
            "com.microsoft",
            "com.microsoft.experimental",
            "com.microsoft.nchwc",
            "com.ms.internal.nhwc",
            "org.pytorch.aten");

    private static final int MAX_SHOWN = 200;

    private record Operator(String domain, String name) {}

    private final Set<Operator> used = new LinkedHashSet<>();
    private final Set<Operator> defined = new HashSet<>();
    private final Set<String> imported = new LinkedHashSet<>();

    /**
     * Notes what a message says.
     *
     * @param part the message
     * @param domain the domain it names
     * @param name the operator it names
     */
    void note(OnnxPart part, String domain, String name) {
        switch (part) {
            case NODE -> {
                if (!BUILT_IN.contains(domain)) {
                    used.add(new Operator(domain, name));
                }
            }
            case FUNCTION -> defined.add(new Operator(domain, name));
            case OPERATOR_SET -> imported.add(domain);
            case MODEL, TRAINING_INFO, GRAPH, ATTRIBUTE, SPARSE_TENSOR, TENSOR -> {}
        }
    }

    /**
     * Requires that the model needs no operators but those that are built in, and those that it defines.
     *
     * @throws ArtifactRejected naming the first domain, and the operator where one is used
     */
    void requireBuiltIn() {
        for (Operator operator : used) {
            if (!defined.contains(operator)) {
                throw new ArtifactRejected("the model uses operator '" + shown(operator.name()) + "' of domain '"
                        + shown(operator.domain()) + "', which is not built in; custom operators are not supported");
            }
        }
        for (String domain : imported) {
            if (!BUILT_IN.contains(domain)
                    && defined.stream().noneMatch(operator -> operator.domain().equals(domain))) {
                throw new ArtifactRejected("the model imports operators of domain '" + shown(domain)
                        + "', which is not built in; custom operators are not supported");
            }
        }
    }

    private static String shown(String name) {
        return name.substring(0, Math.min(name.length(), MAX_SHOWN));
    }
}
