package dev.weir.format;

import org.jspecify.annotations.Nullable;

/** The messages of an ONNX file that lead to what is inspected: to tensors, and to the operators that it uses. */
enum OnnxPart {
    MODEL,
    TRAINING_INFO,
    FUNCTION,
    GRAPH,
    NODE,
    ATTRIBUTE,
    SPARSE_TENSOR,
    TENSOR,
    OPERATOR_SET;

    /** Returns what a field of this message holds, or null when it leads to nothing of interest. */
    @Nullable
    OnnxPart at(int field) {
        return switch (this) {
            case MODEL ->
                switch (field) {
                    case 7 -> GRAPH;
                    case 8 -> OPERATOR_SET;
                    case 20 -> TRAINING_INFO;
                    case 25 -> FUNCTION;
                    default -> null;
                };
            case TRAINING_INFO -> field == 1 || field == 2 ? GRAPH : null;
            case FUNCTION ->
                switch (field) {
                    case 7 -> NODE;
                    case 9 -> OPERATOR_SET;
                    case 11 -> ATTRIBUTE;
                    default -> null;
                };
            case GRAPH ->
                switch (field) {
                    case 1 -> NODE;
                    case 5 -> TENSOR;
                    case 15 -> SPARSE_TENSOR;
                    default -> null;
                };
            case NODE -> field == 5 ? ATTRIBUTE : null;
            case ATTRIBUTE ->
                switch (field) {
                    case 5, 10 -> TENSOR;
                    case 6, 11 -> GRAPH;
                    case 22, 23 -> SPARSE_TENSOR;
                    default -> null;
                };
            case SPARSE_TENSOR -> field == 1 || field == 2 ? TENSOR : null;
            case TENSOR, OPERATOR_SET -> null;
        };
    }

    /** Returns the field with the domain of the operators that this message speaks of, or 0. */
    int domainField() {
        return switch (this) {
            case NODE -> 7;
            case FUNCTION -> 10;
            case OPERATOR_SET -> 1;
            case MODEL, TRAINING_INFO, GRAPH, ATTRIBUTE, SPARSE_TENSOR, TENSOR -> 0;
        };
    }

    /** Returns the field with the name of the operator that this message uses or defines, or 0. */
    int operatorField() {
        return switch (this) {
            case NODE -> 4;
            case FUNCTION -> 1;
            case MODEL, TRAINING_INFO, GRAPH, ATTRIBUTE, SPARSE_TENSOR, TENSOR, OPERATOR_SET -> 0;
        };
    }
}
