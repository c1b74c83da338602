package dev.weir.predictionlog.checkpoint;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.ChainHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;

/**
 * How far the log of a replica went at one moment, signed.
 *
 * @param replica whose log it is
 * @param position the last entry it covers
 * @param head {@code sha256:} and the chain's digest with that entry
 * @param at when
 * @param signature who says so
 */
public record SignedCheckpoint(String replica, Position position, String head, Instant at, Keyring.Signed signature) {

    private static final String FORMAT = "weir-log-checkpoint-1";
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** The line that stands for a checkpoint. */
    @JsonPropertyOrder({"format", "replica", "incarnation", "segment", "seq", "head", "at", "key", "signature"})
    private record Line(
            String format,
            String replica,
            long incarnation,
            long segment,
            long seq,
            String head,
            String at,
            String key,
            String signature) {}

    /** Signs a head. */
    public static SignedCheckpoint of(ChainHead head, Instant at, Keyring keyring) {
        return new SignedCheckpoint(
                head.replica(),
                head.position(),
                head.head(),
                at,
                keyring.sign(message(head.replica(), head.position(), head.head(), at)));
    }

    /** Says whether a key of the keyring signed exactly this. */
    public boolean isGenuine(Keyring.Verifier keys) {
        return keys.verify(message(replica, position, head, at), signature);
    }

    /** No field can hold a line feed, so fields can't run into each other. */
    private static byte[] message(String replica, Position position, String head, Instant at) {
        return String.join(
                        "\n",
                        FORMAT,
                        replica,
                        Long.toString(position.incarnation()),
                        Long.toString(position.segment()),
                        Long.toString(position.seq()),
                        head,
                        at.toString())
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Returns it as one line of JSON, without a line feed. */
    public String toLine() {
        try {
            return JSON.writeValueAsString(new Line(
                    FORMAT,
                    replica,
                    position.incarnation(),
                    position.segment(),
                    position.seq(),
                    head,
                    at.toString(),
                    signature.keyId(),
                    Base64.getEncoder().encodeToString(signature.bytes())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a checkpoint can't be written as JSON", e);
        }
    }

    /**
     * Reads a line.
     *
     * @throws IOException when it is none, or of a newer Weir
     */
    public static SignedCheckpoint ofLine(String text) throws IOException {
        Line line = JSON.readValue(text, Line.class);
        if (line == null || !FORMAT.equals(line.format())) {
            throw new IOException("a line is no checkpoint, or one of a newer Weir");
        }
        try {
            return new SignedCheckpoint(
                    line.replica(),
                    new Position(line.incarnation(), line.segment(), line.seq()),
                    line.head(),
                    Instant.parse(line.at()),
                    new Keyring.Signed(line.key(), Base64.getDecoder().decode(line.signature())));
        } catch (RuntimeException e) {
            throw new IOException("a checkpoint lacks a field, or holds what none may", e);
        }
    }
}
