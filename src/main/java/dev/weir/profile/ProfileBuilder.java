package dev.weir.profile;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.profile.ReferenceProfile.Multivariate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a reference profile of a file of training data. */
public final class ProfileBuilder {

    /** Bytes that the different texts of all columns may take; what would take more is free text. */
    private static final long TEXTS = 32L << 20;

    private ProfileBuilder() {}

    /**
     * Reads the file once and describes its columns. Blocks; needs disk for the numbers in it, and memory for those of one
     * column, for a bounded number of different texts, and for what of a Parquet file is read at a time.
     *
     * @param data a CSV file with column names, or a Parquet file
     * @param columns what a model takes; empty for whatever the file has
     * @param scratch a directory for files that are gone when this returns
     * @throws RequestRejected with field {@code training} when the file can't be read, does not fit the columns, or passes
     *     a limit
     * @throws IOException when the disk fails
     */
    public static ReferenceProfile build(Path data, List<ProfileColumn> columns, ProfileLimits limits, Path scratch)
            throws IOException {
        @Nullable
        Set<String> names = columns.isEmpty()
                ? null
                : columns.stream().map(ProfileColumn::name).collect(Collectors.toSet());
        try (TrainingTable table = TrainingTable.open(data, names, limits)) {
            List<ProfileColumn> wanted = columns.isEmpty()
                    ? table.columns().stream()
                            .filter(name -> !name.isEmpty())
                            .map(name -> new ProfileColumn(name, null))
                            .toList()
                    : columns;
            Map<String, Integer> places = new HashMap<>();
            table.columns().forEach(name -> places.put(name, places.size()));
            List<ColumnReading> readings = new ArrayList<>();
            List<String> absent = new ArrayList<>();
            TextBudget texts = new TextBudget(TEXTS);
            for (ProfileColumn column : wanted) {
                Integer source = places.get(column.name());
                if (source == null) {
                    absent.add(column.name());
                } else {
                    readings.add(new ColumnReading(column, source, readings.size(), texts));
                }
                if (readings.size() > ProfileLimits.COLUMNS) {
                    throw ProfileLimits.tooManyColumns();
                }
            }
            if (readings.isEmpty()) {
                throw TrainingTable.refused(
                        FailureCode.MISSING_FEATURE,
                        "the training data have none of the columns that the model takes: " + names(wanted));
            }
            try (ColumnFile numbers = new ColumnFile(scratch, readings.size())) {
                read(table, readings, numbers, limits);
                return describe(readings, wanted, absent, numbers);
            }
        }
    }

    private static String names(List<ProfileColumn> columns) {
        List<String> names = columns.stream().limit(10).map(ProfileColumn::name).toList();
        return String.join(", ", names) + (columns.size() > names.size() ? ", …" : "");
    }

    private static void read(
            TrainingTable table, List<ColumnReading> readings, ColumnFile numbers, ProfileLimits limits)
            throws IOException {
        long most = Math.min(limits.rows(), limits.cells() / readings.size());
        while (table.next()) {
            if (numbers.rows() == most) {
                throw new RequestRejected(
                        FailureCode.LIMIT_EXCEEDED,
                        "the training data have more than " + most + " rows; a sample will do",
                        TrainingTable.FIELD,
                        most);
            }
            for (ColumnReading reading : readings) {
                reading.read(table, numbers, numbers.rows() + 1L);
            }
            numbers.endRow();
        }
        numbers.end();
        if (numbers.rows() == 0) {
            throw TrainingTable.refused(FailureCode.EMPTY_BATCH, "the training data have no rows");
        }
    }

    private static ReferenceProfile describe(
            List<ColumnReading> readings, List<ProfileColumn> wanted, List<String> absent, ColumnFile numbers)
            throws IOException {
        List<FeatureProfile> features = new ArrayList<>();
        List<String> left = new ArrayList<>();
        List<FeatureProfile.Numeric> numeric = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        List<String> present =
                new ArrayList<>(wanted.stream().map(ProfileColumn::name).toList());
        present.removeAll(absent);
        for (ColumnReading reading : readings) {
            FeatureProfile feature = reading.profile(numbers);
            if (feature == null) {
                left.add(present.get(reading.number()));
                continue;
            }
            features.add(feature);
            if (feature instanceof FeatureProfile.Numeric each) {
                numeric.add(each);
                places.add(reading.number());
            }
        }
        return new ReferenceProfile(
                ReferenceProfile.SCHEMA_VERSION,
                numbers.rows(),
                features,
                absent,
                left,
                multivariate(numeric, places, numbers));
    }

    private static @Nullable Multivariate multivariate(
            List<FeatureProfile.Numeric> numeric, List<Integer> places, ColumnFile numbers) throws IOException {
        if (numeric.isEmpty() || numeric.size() > CovarianceSums.MAX_COLUMNS) {
            return null;
        }
        return CovarianceSums.of(
                numeric, numbers, places.stream().mapToInt(Integer::intValue).toArray());
    }
}
