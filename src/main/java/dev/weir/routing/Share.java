package dev.weir.routing;

import java.math.BigDecimal;

/**
 * A share of traffic.
 *
 * @param points hundredths of a percent, 0 to 10,000
 */
public record Share(int points) {

    /** The points of everything. */
    public static final int WHOLE = 10_000;

    /** Nothing. */
    public static final Share NONE = new Share(0);

    /** Everything. */
    public static final Share ALL = new Share(WHOLE);

    private static final int DECIMALS = 2;

    /**
     * Checks the points.
     *
     * @throws IllegalArgumentException when there are fewer than none or more than all
     */
    public Share {
        if (points < 0 || points > WHOLE) {
            throw new IllegalArgumentException("a share is 0 to 100 percent");
        }
    }

    /**
     * Returns so many percent.
     *
     * @throws IllegalArgumentException when it is below 0, above 100, or has more than two decimals
     */
    public static Share ofPercent(BigDecimal percent) {
        if (percent.signum() < 0 || percent.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw new IllegalArgumentException("a share is 0 to 100 percent");
        }
        if (percent.stripTrailingZeros().scale() > DECIMALS) {
            throw new IllegalArgumentException("a share has at most two decimals");
        }
        return new Share(percent.movePointRight(DECIMALS).intValueExact());
    }

    /** Returns the share as a probability. */
    public double fraction() {
        return points / (double) WHOLE;
    }

    /** Returns what is left of everything. */
    public Share rest() {
        return new Share(WHOLE - points);
    }

    /** Returns the share in percent. */
    public BigDecimal percent() {
        BigDecimal percent = BigDecimal.valueOf(points, DECIMALS).stripTrailingZeros();
        return percent.scale() < 0 ? percent.setScale(0) : percent;
    }

    /** Returns the percents as a text. */
    @Override
    public String toString() {
        return percent().toPlainString() + " %";
    }
}
