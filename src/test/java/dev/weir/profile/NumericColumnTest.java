package dev.weir.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.profile.FeatureProfile.Numeric;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.quantilescommon.QuantileSearchCriteria;

/** What holds for every column of numbers. */
class NumericColumnTest {

    private static FeatureProfile profile(double... values) {
        return new NumericColumn(
                        "x",
                        null,
                        Arrays.stream(values)
                                .mapToLong(Double::doubleToLongBits)
                                .toArray())
                .profile();
    }

    private static double[] values(int n, long seed) {
        Random random = new Random(seed);
        return random.doubles(n).map(x -> Math.rint(x * 1e4) / 8).toArray();
    }

    @Property(tries = 200)
    void shouldCountEveryFiniteValueInOneBin(@ForAll @Size(min = 40, max = 300) double[] values) {
        if (profile(values) instanceof Numeric column) {
            assertThat(column.counts().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(column.n());
            assertThat(column.counts()).hasSize(column.edges().size() + 1);
            assertThat(column.edges()).isSorted().doesNotHaveDuplicates();
            assertThat(column.n() + column.nan() + column.positiveInfinity() + column.negativeInfinity())
                    .isEqualTo(values.length);
        }
    }

    @Property(tries = 200)
    void shouldNotDependOnTheOrderOfRows(
            @ForAll @Size(min = 40, max = 200) @DoubleRange(min = -1e6, max = 1e6) double[] values) {
        double[] reversed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            reversed[i] = values[values.length - 1 - i];
        }
        ReferenceProfile one = whole(profile(values));
        ReferenceProfile other = whole(profile(reversed));
        assertThat(one.toJson()).isEqualTo(other.toJson());
    }

    private static ReferenceProfile whole(FeatureProfile feature) {
        return new ReferenceProfile(
                "1.0", 1, java.util.List.of(feature), java.util.List.of(), java.util.List.of(), null);
    }

    @Property(tries = 50)
    void shouldSketchQuantilesBetterThanTheSketchPromises(@ForAll @IntRange(min = 1, max = 50_000) int n) {
        double[] sorted = values(n, n);
        Arrays.sort(sorted);

        byte[] bytes = QuantileSketch.of(sorted);
        KllDoublesSketch sketch = KllDoublesSketch.heapify(MemorySegment.ofArray(bytes));

        assertThat(sketch.getN()).isEqualTo(n);
        assertThat(sketch.getMinItem()).isEqualTo(sorted[0]);
        assertThat(sketch.getMaxItem()).isEqualTo(sorted[n - 1]);
        assertThat(sketch.getK()).isEqualTo(400);
        for (int percent = 1; percent < 100; percent += 7) {
            double value = sorted[(int) ((long) percent * (n - 1) / 100)];
            int upTo = 0;
            while (upTo < n && sorted[upTo] <= value) {
                upTo++;
            }
            assertThat(sketch.getRank(value, QuantileSearchCriteria.INCLUSIVE))
                    .isCloseTo((double) upTo / n, within(0.0087));
        }
        assertThat(QuantileSketch.of(sorted)).isEqualTo(bytes);
    }

    @Property(tries = 20)
    void shouldMakeSketchesThatGoOnTakingValues(@ForAll @IntRange(min = 1, max = 20_000) int n) {
        double[] sorted = values(n, n);
        Arrays.sort(sorted);
        KllDoublesSketch sketch = KllDoublesSketch.heapify(MemorySegment.ofArray(QuantileSketch.of(sorted)));
        KllDoublesSketch more = KllDoublesSketch.newHeapInstance(400);
        for (int i = 0; i < 3_000; i++) {
            sketch.update(i);
            more.update(i);
        }

        sketch.merge(more);

        assertThat(sketch.getN()).isEqualTo(n + 6_000L);
        assertThat(sketch.getQuantile(1)).isEqualTo(Math.max(2_999, sorted[n - 1]));
    }
}
