package dev.weir.serving;

import java.time.Duration;

/**
 * Keeps requests from a variant that fails all the time. It opens when at least half of the last twenty attempts failed, and at
 * least ten were made, or when too many requests had to be answered twice; after a pause, which doubles as long as that does not
 * help, one attempt at a time shows whether the variant is well again.
 *
 * <p>Thread-safe. It reads no clock: whoever asks tells the monotonic time.
 */
final class Breaker {

    static final int WINDOW = 20;
    static final int LEAST = 10;
    static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

    /** How many more answers of the primary a variant may cost at once, and what each request adds to that. */
    static final int BUDGET = 50;

    static final double EARNED = 0.2;

    /** What became of an attempt. */
    enum Verdict {
        FINE,
        FAILED,
        /** It says nothing of the variant. */
        NEITHER
    }

    private enum State {
        CLOSED,
        OPEN,
        PROBING
    }

    private State state = State.CLOSED;
    private int bits;
    private int count;
    private double budget = BUDGET;
    private long reopens;
    private Duration pause = FIRST_PAUSE;

    /** Says whether a request may go to the variant; if so, its end is told with {@link #end}. */
    synchronized boolean admits(long nowNanos) {
        budget = Math.min(BUDGET, budget + EARNED);
        if (state == State.OPEN && nowNanos - reopens >= 0) {
            state = State.PROBING;
            return true;
        }
        return state == State.CLOSED;
    }

    /**
     * Takes in what became of an attempt.
     *
     * @return whether the breaker opened or closed by that
     */
    synchronized boolean end(Verdict verdict, long nowNanos) {
        return switch (verdict) {
            case FINE -> fine();
            case FAILED -> failed(nowNanos);
            case NEITHER -> {
                if (state == State.PROBING) {
                    state = State.OPEN; // the next one may try
                    reopens = nowNanos;
                }
                yield false;
            }
        };
    }

    private boolean fine() {
        if (state == State.PROBING) {
            state = State.CLOSED;
            bits = 0;
            count = 0;
            budget = BUDGET;
            pause = FIRST_PAUSE;
            return true;
        }
        add(0);
        return false;
    }

    private boolean failed(long nowNanos) {
        if (state == State.PROBING) {
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            open(nowNanos);
            return false;
        }
        add(1);
        budget--;
        if (state == State.CLOSED && (budget < 0 || (count >= LEAST && 2 * Integer.bitCount(bits) >= count))) {
            open(nowNanos);
            return true;
        }
        return false;
    }

    private void add(int bit) {
        bits = (bits << 1 | bit) & ((1 << WINDOW) - 1);
        count = Math.min(count + 1, WINDOW);
    }

    private void open(long nowNanos) {
        state = State.OPEN;
        reopens = nowNanos + pause.toNanos();
    }

    /** Says whether requests are kept away. */
    synchronized boolean isOpen() {
        return state != State.CLOSED;
    }
}
