package dev.weir.predictionlog;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the attempts of one deployment are recorded.
 *
 * @param capture which payloads are kept
 * @param sample the probability that a record keeps them, above 0 and at most 1
 * @param maxPayload bytes that the payload of one record may have; what is larger is left out, and the record says so
 * @param overflow what becomes of a request that the log has no room for
 * @param durability when the answer may leave
 * @param subject where a request says whom it is about, or null
 * @param features what becomes of single features, by name; once this is not empty, texts that are not named are dropped
 * @param retention the class that says how long records live
 */
public record LogPolicy(
        Capture capture,
        double sample,
        int maxPayload,
        Overflow overflow,
        Durability durability,
        @Nullable SubjectSource subject,
        Map<String, Redaction> features,
        String retention) {

    /** The name of the retention class of deployments that name none. */
    public static final String DEFAULT_RETENTION = "default";

    /** How deployments are recorded that say nothing of it. */
    public static final LogPolicy DEFAULT = new LogPolicy(
            Capture.FULL, 1, 64 << 10, Overflow.DROP, Durability.ASYNC, null, Map.of(), DEFAULT_RETENTION);

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when a number is out of range
     */
    public LogPolicy {
        if (!(sample > 0 && sample <= 1)) {
            throw new IllegalArgumentException("sample must be above 0 and at most 1");
        }
        if (maxPayload < 0) {
            throw new IllegalArgumentException("maxPayload must not be negative");
        }
        features = Map.copyOf(features);
    }

    /** Returns the same policy, but for that no payload is kept. */
    public LogPolicy without() {
        return new LogPolicy(Capture.NONE, sample, maxPayload, overflow, durability, subject, features, retention);
    }

    /** Says whether anything is redacted. */
    public boolean redacts() {
        return !features.isEmpty();
    }
}
