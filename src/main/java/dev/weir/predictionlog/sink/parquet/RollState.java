package dev.weir.predictionlog.sink.parquet;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where a replica's log is in the files.
 *
 * @param safe up to where it is in whole files
 * @param pending up to where files are being written; some of them may be there. Null when none are
 */
record RollState(Position safe, @Nullable Position pending) {

    private static final ObjectMapper JSON = new ObjectMapper();

    byte[] toBytes() throws IOException {
        ObjectNode state = JSON.createObjectNode();
        put(state.putObject("safe"), safe);
        if (pending != null) {
            put(state.putObject("pending"), pending);
        }
        return JSON.writeValueAsBytes(state);
    }

    private static void put(ObjectNode to, Position position) {
        to.put("incarnation", position.incarnation());
        to.put("segment", position.segment());
        to.put("seq", position.seq());
    }

    /**
     * Reads a state.
     *
     * @param bytes null for none
     * @throws SinkTrouble when they are something else
     */
    static RollState parse(byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            return new RollState(Position.START, null);
        }
        try {
            JsonNode state = JSON.readTree(bytes);
            JsonNode pending = state.get("pending");
            return new RollState(position(state.path("safe")), pending == null ? null : position(pending));
        } catch (JacksonException e) {
            throw new SinkTrouble(Trouble.UNKNOWN_SCHEMA, "the file of the position is damaged", e);
        }
    }

    private static Position position(JsonNode from) throws SinkTrouble {
        if (!from.path("incarnation").isIntegralNumber()
                || !from.path("segment").isIntegralNumber()
                || !from.path("seq").isIntegralNumber()) {
            throw new SinkTrouble(Trouble.UNKNOWN_SCHEMA, "the file of the position is damaged", null);
        }
        return new Position(
                from.path("incarnation").asLong(),
                from.path("segment").asLong(),
                from.path("seq").asLong());
    }
}
