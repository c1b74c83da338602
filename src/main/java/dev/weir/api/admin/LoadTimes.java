package dev.weir.api.admin;

import dev.weir.servable.ServableState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long loads took, as views show it. */
final class LoadTimes {

    private LoadTimes() {}

    /** Returns how long the load took that led to a state, in milliseconds; null when none did. */
    static @Nullable Long millis(@Nullable ServableState state) {
        Duration took = state == null ? null : state.took();
        return took == null ? null : took.toMillis();
    }
}
