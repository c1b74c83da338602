package dev.weir.outcome;

import dev.weir.inference.Names;
import dev.weir.inference.PredictionId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody says came true.
 *
 * @param about which prediction it is about
 * @param value the truth, as canonical JSON: a scalar or a small object
 * @param observedAt when it was observed; null when its reporter does not say
 * @param source where it comes from, so that several sources may differ; empty when its reporter does not say
 * @param revision its number among those from the same source, 1 or more; null when it is simply the latest
 */
public record OutcomeReport(
        Subject about,
        String value,
        @Nullable Instant observedAt,
        String source,
        @Nullable Integer revision) {

    /** Which prediction an outcome is about. */
    public sealed interface Subject {

        /** Returns the text that stands for it in the store; different subjects have different ones. */
        String key();
    }

    /**
     * A row of a prediction.
     *
     * @param id the prediction
     * @param row the row, 0 or more; null for the only one
     */
    public record Row(PredictionId id, @Nullable Integer row) implements Subject {
        @Override
        public String key() {
            return "p:" + id + ":" + (row == null ? 0 : row);
        }
    }

    /**
     * Every row that its caller gave this id.
     *
     * @param id an id as {@link Names#requireId} accepts
     */
    public record Inference(String id) implements Subject {

        /**
         * Checks the id.
         *
         * @throws dev.weir.failure.RequestRejected when it is none
         */
        public Inference {
            Names.requireId(id, "inference_id");
        }

        @Override
        public String key() {
            return "i:" + id;
        }
    }
}
