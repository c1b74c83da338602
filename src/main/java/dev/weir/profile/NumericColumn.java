package dev.weir.profile;

import dev.weir.inference.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes the numbers of one column. */
final class NumericColumn {

    /** A column of so few different numbers is one of categories. */
    static final int MAX_CATEGORIES = 20;

    private static final int PERCENTILES = 99;

    private final String name;
    private final @Nullable DataType datatype;
    private final double[] sorted;
    private long missing;
    private long nan;
    private long positiveInfinity;
    private long negativeInfinity;

    /**
     * Sorts.
     *
     * @param bits the values, {@link ColumnFile#MISSING} where there is none
     */
    NumericColumn(String name, @Nullable DataType datatype, long[] bits) {
        this.name = name;
        this.datatype = datatype;
        double[] finite = new double[bits.length];
        int n = 0;
        for (long each : bits) {
            double value = Double.longBitsToDouble(each);
            if (each == ColumnFile.MISSING) {
                missing++;
            } else if (Double.isNaN(value)) {
                nan++;
            } else if (value == Double.POSITIVE_INFINITY) {
                positiveInfinity++;
            } else if (value == Double.NEGATIVE_INFINITY) {
                negativeInfinity++;
            } else {
                finite[n++] = value;
            }
        }
        sorted = Arrays.copyOf(finite, n);
        Arrays.sort(sorted);
    }

    /** Returns the column's profile, of whichever kind its values call for. */
    FeatureProfile profile() {
        return hasFewValues() ? categorical() : numeric();
    }

    private boolean hasFewValues() {
        int distinct = 0;
        for (int i = 0; i < sorted.length && distinct <= MAX_CATEGORIES; i++) {
            distinct += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
        }
        return distinct <= MAX_CATEGORIES;
    }

    private FeatureProfile.Categorical categorical() {
        TextCounts counts = new TextCounts(new TextBudget(Long.MAX_VALUE));
        for (double value : sorted) {
            counts.add(CategoryText.of(value, datatype));
        }
        addIfAny(counts, "NaN", nan);
        addIfAny(counts, "Infinity", positiveInfinity);
        addIfAny(counts, "-Infinity", negativeInfinity);
        return counts.profile(name, datatype, missing);
    }

    private static void addIfAny(TextCounts counts, String text, long times) {
        if (times > 0) {
            counts.add(text, times);
        }
    }

    private FeatureProfile.Numeric numeric() {
        double mean = sum(0, false) / sorted.length;
        List<Double> edges = edges();
        return new FeatureProfile.Numeric(
                name,
                datatype,
                sorted.length,
                missing,
                nan,
                positiveInfinity,
                negativeInfinity,
                mean,
                sum(mean, true),
                sorted[0],
                sorted[sorted.length - 1],
                edges,
                counts(edges),
                QuantileSketch.of(sorted));
    }

    /** Adds up distances from a centre, or their squares, with what each addition loses (Neumaier). */
    private double sum(double centre, boolean squares) {
        double sum = 0;
        double lost = 0;
        for (double value : sorted) {
            double distance = value - centre;
            double term = squares ? distance * distance : distance;
            double next = sum + term;
            lost += Math.abs(sum) >= Math.abs(term) ? (sum - next) + term : (term - next) + sum;
            sum = next;
        }
        return sum + lost;
    }

    private List<Double> edges() {
        List<Double> edges = new ArrayList<>();
        for (int percent = 1; percent <= PERCENTILES; percent++) {
            long rank = ((long) percent * sorted.length + 99) / 100;
            double edge = sorted[(int) rank - 1];
            if (edges.isEmpty() || edge != edges.getLast()) {
                edges.add(edge);
            }
        }
        return edges;
    }

    private List<Long> counts(List<Double> edges) {
        List<Long> counts = new ArrayList<>();
        int from = 0;
        for (double edge : edges) {
            int to = from;
            while (to < sorted.length && sorted[to] <= edge) {
                to++;
            }
            counts.add((long) to - from);
            from = to;
        }
        counts.add((long) sorted.length - from);
        return counts;
    }
}
