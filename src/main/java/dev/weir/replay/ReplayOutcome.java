package dev.weir.replay;

import dev.weir.inference.VersionRef;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What came of a replay. */
public sealed interface ReplayOutcome {

    /**
     * The version answered, and the answers were compared.
     *
     * @param verdict how they compare
     * @param ran the version that ran
     * @param digest {@code sha256:} and the digest of its manifest
     * @param runtime what it ran in
     * @param tolerance what its manifest allows floating-point answers to be off; null when it allows nothing
     * @param elements how many elements were compared
     * @param different how many of them were not identical
     * @param largest the largest difference; null when there is none
     * @param notCompared the outputs, or their features, that the record does not have because they were redacted
     */
    record Compared(
            Verdict verdict,
            VersionRef ran,
            String digest,
            String runtime,
            @Nullable Tolerance tolerance,
            long elements,
            long different,
            @Nullable Difference largest,
            List<String> notCompared)
            implements ReplayOutcome {

        /** Copies the list. */
        public Compared {
            notCompared = List.copyOf(notCompared);
        }
    }

    /**
     * Nothing could be compared.
     *
     * @param why why
     * @param detail what an auditor must know besides
     * @param features what was redacted, if that is why
     */
    record NotReplayable(Why why, String detail, List<String> features) implements ReplayOutcome {

        /** Copies the list. */
        public NotReplayable {
            features = List.copyOf(features);
        }

        NotReplayable(Why why, String detail) {
            this(why, detail, List.of());
        }
    }

    /** How an answer compares with the recorded one. */
    enum Verdict {
        /** Every element has the same bytes. */
        IDENTICAL,
        /** Every element is as near to the recorded one as the manifest demands of golden samples. */
        WITHIN_TOLERANCE,
        /** It is not. */
        DIFFERENT;

        /** Returns the word used in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why nothing can be compared. */
    enum Why {
        /** Inputs, or all outputs, were redacted. */
        REDACTED,
        /** The payload was too large to be kept. */
        TRUNCATED,
        /** The record is one of those whose payload the sampling left out. */
        NOT_SAMPLED,
        /** The deployment does not keep inputs, or outputs, or they are kept elsewhere. */
        NOT_CAPTURED,
        /** The subject was forgotten. */
        ERASED,
        /** There was no answer: the attempt failed. */
        NO_ANSWER,
        /** The registry has the version no more, or its manifest can't be read. */
        VERSION_GONE,
        /** The registry has other bytes under the version's name. */
        DIGEST_DIFFERS,
        /** The inputs, or the wanted outputs, do not fit the version. */
        DOES_NOT_FIT,
        /** The load gate refuses the version. */
        REFUSED,
        /** The version fails on the inputs. */
        EXECUTION_FAILED;

        /** Returns the word used in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How far a floating-point element may be off; both add up.
     *
     * @param absolute by itself
     * @param relative as a share of the recorded value
     */
    record Tolerance(double absolute, double relative) {}

    /**
     * Where two answers differ most.
     *
     * @param output the output
     * @param element which of its elements, in row-major order, from 0
     * @param row the row it stands in, from 0; null when the version has no batch axis
     * @param recorded what the record says
     * @param replayed what the version says now
     * @param by how far they are apart; null when they are no numbers, or of different datatypes or shapes
     */
    record Difference(
            String output,
            long element,
            @Nullable Long row,
            String recorded,
            String replayed,
            @Nullable Double by) {}
}
