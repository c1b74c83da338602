package dev.weir.predictionlog;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place that has payloads, what opens them, or outcomes, and is asked to forget those of a subject. A bean; asked by one thread at a
 * time, which it may block for some seconds. To forget twice does no harm.
 */
public interface SubjectEraser {

    /**
     * Forgets, and says how far it got.
     *
     * @param subjectKeys every key that the subject ever had
     * @return evidence for each place it speaks for; empty when there is none
     */
    List<Evidence> erase(Set<String> subjectKeys);

    /**
     * What became of a subject's payloads in one place.
     *
     * @param place the place, such as the name of a sink
     * @param result how far it got
     * @param count what was deleted or destroyed: keys, payloads or outcomes; 0 when nothing was
     *     there
     * @param detail what an operator must know besides, or null
     */
    record Evidence(
            String place,
            Result result,
            long count,
            @Nullable String detail) {}

    /** How far an erasure got. */
    enum Result {
        /** What opens the payloads is no more. */
        KEY_DESTROYED,
        /** The payloads, or outcomes, are no more. */
        DELETED,
        /** It never had them. */
        NOTHING_KEPT,
        /** It may have them, and Weir can't reach them. */
        OUT_OF_REACH,
        /** It has them, and could not forget them now; ask again. */
        FAILED;

        /** Returns the word used in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
