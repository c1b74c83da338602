package dev.weir.profile;

/**
 * How much training data a profile is made of.
 *
 * @param rows the most rows; the values of one column stand in memory at a time
 * @param cells the most cells of the columns together; eight bytes each stand on disk
 */
public record ProfileLimits(int rows, long cells) {

    /** What is enough for a sample, and does no harm to a server. */
    public static final ProfileLimits DEFAULT = new ProfileLimits(1_000_000, 100_000_000);
}
