package dev.weir.api.v2;

import dev.weir.inference.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A v2 inference request as read, before it is checked against a signature.
 *
 * @param id the caller's id, or null
 * @param parameters what the caller adds
 * @param inputs the tensors, in the caller's order
 * @param outputs what the caller wants, empty for everything
 * @param binaryByDefault whether outputs that do not say otherwise go into the binary block
 */
record V2Request(
        @Nullable String id,
        Map<String, Object> parameters,
        List<Tensor> inputs,
        List<OutputWish> outputs,
        boolean binaryByDefault) {

    /**
     * An output a caller asks for.
     *
     * @param name the output's name
     * @param binary where it goes: the binary block, the JSON, or null for wherever the request's default says
     */
    record OutputWish(String name, @Nullable Boolean binary) {}

    /** Says whether an output goes into the binary block. */
    boolean wantsBinary(String output) {
        for (OutputWish wish : outputs) {
            if (wish.name().equals(output) && wish.binary() != null) {
                return wish.binary();
            }
        }
        return binaryByDefault;
    }

    /** Returns the names of the outputs the caller asks for. */
    List<String> outputNames() {
        if (outputs.isEmpty()) {
            return List.of();
        }
        List<String> names = new ArrayList<>(outputs.size());
        for (OutputWish wish : outputs) {
            names.add(wish.name());
        }
        return names;
    }
}
