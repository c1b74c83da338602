package dev.weir.profile;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Takes in one column, cell by cell: as numbers, as texts, or as either while it is not known what it is. */
final class ColumnReading {

    private final ProfileColumn column;
    private final int source;
    private final int number;
    private final TextCounts texts;
    private final boolean maybeText;
    private boolean maybeNumber;
    private long missing;

    /**
     * Begins a column.
     *
     * @param source its place in the table
     * @param number its place in the file of numbers
     * @param budget what its texts share with those of other columns
     */
    ColumnReading(ProfileColumn column, int source, int number, TextBudget budget) {
        this.texts = new TextCounts(budget);
        this.column = column;
        this.source = source;
        this.number = number;
        DataType datatype = column.datatype();
        this.maybeText = datatype == null || datatype == DataType.BYTES || datatype == DataType.BOOL;
        this.maybeNumber = datatype == null || !maybeText;
    }

    int number() {
        return number;
    }

    /**
     * Takes in the cell of a row.
     *
     * @throws RequestRejected when the model could not take it
     */
    void read(TrainingTable table, ColumnFile numbers, long row) {
        Object cell = table.cell(source);
        if (cell == null) {
            missing++;
            numbers.setMissing(number);
            return;
        }
        if (maybeNumber) {
            Double value = number(cell);
            if (value != null) {
                numbers.set(number, CategoryText.seen(value, column.datatype()));
            } else if (maybeText) {
                maybeNumber = false;
            } else {
                throw wrong(row, "is no number");
            }
        }
        if (maybeText) {
            texts.add(column.datatype() == DataType.BOOL ? truth(cell, row) : text(cell));
        }
    }

    private RequestRejected wrong(long row, String what) {
        return TrainingTable.refused(
                FailureCode.INVALID_FIELD, "row " + row + " of the training data: '" + column.name() + "' " + what);
    }

    private static @Nullable Double number(Object cell) {
        return switch (cell) {
            case Double value -> value;
            case Long value -> (double) value;
            case String text -> parse(text.strip());
            default -> null;
        };
    }

    private static @Nullable Double parse(String text) {
        switch (text.toLowerCase(Locale.ROOT)) {
            case "nan" -> {
                return Double.NaN;
            }
            case "inf", "+inf", "infinity", "+infinity" -> {
                return Double.POSITIVE_INFINITY;
            }
            case "-inf", "-infinity" -> {
                return Double.NEGATIVE_INFINITY;
            }
            default -> {}
        }
        // Java's own parser takes 1d and 0x1p3 too, which no table means.
        if (text.isEmpty() || text.length() > 64 || !text.chars().allMatch(c -> "0123456789+-.eE".indexOf(c) >= 0)) {
            return null;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private String truth(Object cell, long row) {
        return switch (text(cell).toLowerCase(Locale.ROOT)) {
            case "true", "1", "1.0" -> "true";
            case "false", "0", "0.0" -> "false";
            default -> throw wrong(row, "is neither true nor false");
        };
    }

    private static String text(Object cell) {
        return cell instanceof Double value ? CategoryText.of(value, null) : cell.toString();
    }

    /** Returns the column's profile after the last row, or null when it can't be described. */
    @Nullable
    FeatureProfile profile(ColumnFile numbers) throws IOException {
        if (maybeNumber) {
            return new NumericColumn(column.name(), column.datatype(), numbers.column(number)).profile();
        }
        return texts.isFreeText() ? null : texts.profile(column.name(), column.datatype(), missing);
    }
}
