package dev.weir.profile;

import dev.weir.inference.DataType;
import dev.weir.profile.FeatureProfile.Category;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How often each text of a column occurs, as long as it looks like a category and not like free text. */
final class TextCounts {

    static final int TOP = 100;
    static final int MAX_DISTINCT = 1 << 16;
    static final int MAX_LENGTH = 256;

    /** About what an entry takes beside its text. */
    private static final int ENTRY = 128;

    private final Map<String, long[]> counts = new HashMap<>();
    private final TextBudget budget;
    private long bytes;
    private long values;
    private boolean freeText;

    /** Begins a column that shares a budget with others. */
    TextCounts(TextBudget budget) {
        this.budget = budget;
        budget.join(this);
    }

    void add(String text) {
        add(text, 1);
    }

    void add(String text, long times) {
        values += times;
        if (freeText) {
            return;
        }
        if (text.length() > MAX_LENGTH || (counts.size() == MAX_DISTINCT && !counts.containsKey(text))) {
            giveUp();
            return;
        }
        long[] count = counts.get(text);
        if (count == null) {
            count = new long[1];
            counts.put(text, count);
            long taken = ENTRY + (long) Character.BYTES * text.length();
            bytes += taken;
            budget.take(taken);
        }
        count[0] += times;
    }

    /** Returns about what the texts take. */
    long bytes() {
        return bytes;
    }

    /** Holds the column for free text from now on. */
    void giveUp() {
        freeText = true;
        counts.clear();
        budget.giveBack(bytes);
        bytes = 0;
    }

    /** Says whether the column has texts that are too long, or too many different ones, alone or beside other columns. */
    boolean isFreeText() {
        return freeText;
    }

    FeatureProfile.Categorical profile(String name, @Nullable DataType datatype, long missing) {
        List<Category> top = counts.entrySet().stream()
                .map(entry -> new Category(entry.getKey(), entry.getValue()[0]))
                .sorted(Comparator.comparingLong(Category::count).reversed().thenComparing(Category::value))
                .limit(TOP)
                .toList();
        long told = top.stream().mapToLong(Category::count).sum();
        return new FeatureProfile.Categorical(name, datatype, values, missing, counts.size(), top, values - told);
    }
}
