package dev.weir.profile;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.weir.inference.DataType;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one column looks like. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = FeatureProfile.Numeric.class, name = "numeric"),
    @JsonSubTypes.Type(value = FeatureProfile.Categorical.class, name = "categorical")
})
public sealed interface FeatureProfile {

    /** Returns the feature's name. */
    String name();

    /** Returns what the model takes it as: its values were rounded to that first; null when that is not known. */
    @Nullable
    DataType datatype();

    /** Returns how many rows have no value. */
    long missing();

    /**
     * A column of more than {@value NumericColumn#MAX_CATEGORIES} different numbers.
     *
     * @param n the finite values; all that follows is about them
     * @param missing rows without a value
     * @param nan rows with NaN
     * @param positiveInfinity rows with +∞
     * @param negativeInfinity rows with −∞
     * @param mean their mean
     * @param m2 the sum of the squares of their distances from the mean
     * @param min the smallest
     * @param max the largest
     * @param edges the 1st to 99th percentile, each once: the smallest value that so many percent do not exceed
     * @param counts the values in (−∞, edges[0]], (edges[0], edges[1]], …, (edges[last], ∞): one more than edges
     * @param kll a DataSketches KLL sketch of doubles of them, for display and for comparisons without edges
     */
    record Numeric(
            String name,
            @Nullable DataType datatype,
            long n,
            long missing,
            long nan,
            long positiveInfinity,
            long negativeInfinity,
            double mean,
            double m2,
            double min,
            double max,
            List<Double> edges,
            List<Long> counts,
            byte[] kll)
            implements FeatureProfile {

        /** Copies the lists. */
        public Numeric {
            Objects.requireNonNull(name);
            Objects.requireNonNull(kll);
            edges = List.copyOf(edges);
            counts = List.copyOf(counts);
        }
    }

    /**
     * A column of texts, of truth values, or of few different numbers.
     *
     * @param n the rows that have a value
     * @param missing rows without a value
     * @param distinct how many different values there are
     * @param categories the most frequent values, the most frequent first
     * @param other the rows with another value
     */
    record Categorical(
            String name,
            @Nullable DataType datatype,
            long n,
            long missing,
            long distinct,
            List<Category> categories,
            long other)
            implements FeatureProfile {

        /** Copies the list. */
        public Categorical {
            Objects.requireNonNull(name);
            categories = List.copyOf(categories);
        }
    }

    /**
     * A value and how often it occurs.
     *
     * @param value the text, or a number as {@link CategoryText} writes it
     * @param count the rows that have it
     */
    record Category(String value, long count) {

        /** Checks. */
        public Category {
            Objects.requireNonNull(value);
        }
    }
}
