package dev.weir.deployment;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the words of deployment files that stand for the constants of an enum. */
final class Words {

    private Words() {}

    /**
     * Returns what a word stands for.
     *
     * @param absent what none stands for
     * @param problem what is added to {@code problems} when it stands for nothing
     */
    static <E extends Enum<E>> E read(
            E[] words, @Nullable String given, E absent, String problem, List<String> problems) {
        if (given == null) {
            return absent;
        }
        for (E word : words) {
            if (word.name().toLowerCase(Locale.ROOT).equals(given)) {
                return word;
            }
        }
        problems.add(problem);
        return absent;
    }
}
