package dev.weir.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the different texts of several columns may take together. Where they would take more, the column that takes most is
 * held for free text and gives back what it has; the same data always give up the same columns. Not thread-safe.
 */
final class TextBudget {

    private final List<TextCounts> columns = new ArrayList<>();
    private long left;

    /** Begins with so many bytes. */
    TextBudget(long bytes) {
        this.left = bytes;
    }

    void join(TextCounts column) {
        columns.add(column);
    }

    void take(long bytes) {
        left -= bytes;
        while (left < 0) {
            columns.stream().max(Comparator.comparingLong(TextCounts::bytes)).ifPresent(TextCounts::giveUp);
        }
    }

    void giveBack(long bytes) {
        left += bytes;
    }
}
