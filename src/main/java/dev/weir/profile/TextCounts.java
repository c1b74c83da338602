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

    private final Map<String, long[]> counts = new HashMap<>();
    private long values;
    private boolean freeText;

    void add(String text) {
        add(text, 1);
    }

    void add(String text, long times) {
        values += times;
        if (freeText) {
            return;
        }
        if (text.length() > MAX_LENGTH || (counts.size() == MAX_DISTINCT && !counts.containsKey(text))) {
            freeText = true;
            counts.clear();
            return;
        }
        counts.computeIfAbsent(text, key -> new long[1])[0] += times;
    }

    /** Says whether the column has texts that are too long, or too many different ones. */
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
