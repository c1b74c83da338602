package dev.weir.profile;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;

/**
 * How much training data a profile is made of.
 *
 * @param rows the most rows; the values of one column stand in memory at a time
 * @param cells the most cells of the columns together; eight bytes each stand on disk
 * @param memory the most bytes that reading a Parquet file may take, as its pages say
 */
public record ProfileLimits(int rows, long cells, long memory) {

    /** The most columns that are described. */
    public static final int COLUMNS = 2_048;

    private static final long MOST_MEMORY = 256L << 20;

    /** What is enough for a sample, and does no harm to a server: of its heap a quarter, at most 256 MiB. */
    public static final ProfileLimits DEFAULT = new ProfileLimits(
            1_000_000, 100_000_000, Math.min(MOST_MEMORY, Runtime.getRuntime().maxMemory() / 4));

    /** Returns these limits with other rows. */
    public ProfileLimits withRows(int most) {
        return new ProfileLimits(most, cells, memory);
    }

    static RequestRejected tooManyColumns() {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED,
                "a profile describes at most " + COLUMNS + " columns",
                TrainingTable.FIELD,
                (long) COLUMNS);
    }
}
