package dev.weir.api.grpc;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * An inference request as it stands in its message: names and parameters decoded, elements not yet.
 *
 * @param model the deployment's name
 * @param version the version it pins; empty for none
 * @param id the caller's id; empty for none
 * @param parameters the request's parameters
 * @param inputs the inputs
 * @param outputs the names of the wanted outputs
 * @param raw the raw contents, views of the message
 */
record InferRequest(
        String model,
        String version,
        String id,
        Map<String, Object> parameters,
        List<Input> inputs,
        List<String> outputs,
        List<ByteBuffer> raw) {

    /**
     * An input.
     *
     * @param name its name
     * @param datatype its type, as the caller spells it
     * @param shape its extents
     * @param contents its typed contents, views of the message; usually one, but the encoding allows several
     */
    record Input(String name, String datatype, List<Long> shape, List<ByteBuffer> contents) {}

    /** Says whether the elements are raw, and so the answer's should be. */
    boolean isRaw() {
        return !raw.isEmpty();
    }
}
