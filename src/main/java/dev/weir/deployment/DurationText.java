package dev.weir.deployment;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads durations in deployment files: {@code 250ms} or {@code 2s}. */
final class DurationText {

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s)");

    private DurationText() {}

    /** Returns the duration, or null when the text is none. */
    static @Nullable Duration parse(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long amount = Long.parseLong(matcher.group(1));
        return matcher.group(2).equals("ms") ? Duration.ofMillis(amount) : Duration.ofSeconds(amount);
    }
}
