package dev.weir.profile;

import dev.weir.profile.ReferenceProfile.Multivariate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Adds up how numeric columns vary together, over the rows in which all of them are finite. */
final class CovarianceSums {

    /** With more columns than this, the square of their number would outweigh the rest of the profile. */
    static final int MAX_COLUMNS = 200;

    private final List<FeatureProfile.Numeric> features;
    private final double[] sums;
    private final double[][] products;
    private long n;

    private CovarianceSums(List<FeatureProfile.Numeric> features) {
        this.features = features;
        this.sums = new double[features.size()];
        this.products = new double[features.size()][features.size()];
    }

    /**
     * Reads the columns.
     *
     * @param numbers where they stand
     * @param places their places there, in the order of {@code features}
     */
    static Multivariate of(List<FeatureProfile.Numeric> features, ColumnFile numbers, int[] places) throws IOException {
        CovarianceSums sums = new CovarianceSums(features);
        for (int block = 0; block < numbers.blocks(); block++) {
            double[][] columns = new double[places.length][];
            for (int i = 0; i < places.length; i++) {
                columns[i] = numbers.values(block, places[i]);
            }
            double[] row = new double[places.length];
            for (int r = 0; r < columns[0].length; r++) {
                sums.add(columns, r, row);
            }
        }
        return sums.result();
    }

    /** Adds a row, as distances from the columns' means, so that large means do not drown small variances. */
    private void add(double[][] columns, int r, double[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = columns[i][r] - features.get(i).mean();
            if (!Double.isFinite(row[i])) {
                return;
            }
        }
        n++;
        for (int i = 0; i < row.length; i++) {
            sums[i] += row[i];
            double[] line = products[i];
            double value = row[i];
            for (int j = 0; j <= i; j++) {
                line[j] += value * row[j];
            }
        }
    }

    private Multivariate result() {
        List<Double> mean = new ArrayList<>();
        List<List<Double>> covariance = new ArrayList<>();
        for (int i = 0; i < sums.length; i++) {
            mean.add(n == 0 ? 0 : features.get(i).mean() + sums[i] / n);
            List<Double> line = new ArrayList<>();
            for (int j = 0; j <= i; j++) {
                line.add(n < 2 ? 0 : (products[i][j] - sums[i] * sums[j] / n) / (n - 1));
            }
            covariance.add(line);
        }
        return new Multivariate(features.stream().map(FeatureProfile::name).toList(), n, mean, covariance);
    }
}
