package dev.weir.serving;

import dev.weir.failure.WeirException;
import dev.weir.inference.PredictionId;
import dev.weir.routing.Route;
import org.jspecify.annotations.Nullable;

/** Gets the end of a request, exactly once, on a compute, timer or submitting thread; must not block. */
public interface Answer {

    /**
     * The request becomes an attempt; its end follows, or another attempt. Never told to a request that came to none.
     *
     * @param id the attempt
     * @param route who makes it, and why
     */
    default void routed(PredictionId id, Route route) {}

    /** The request is answered. */
    void succeeded(Prediction prediction);

    /**
     * The request failed.
     *
     * @param id the attempt, or null when it came to none
     */
    void failed(WeirException failure, @Nullable PredictionId id);
}
