package dev.weir.failure;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A configuration that was refused whole, with every mistake found in it. */
public final class ConfigurationRejected extends WeirException {

    private final List<String> problems;

    /**
     * Refuses a configuration.
     *
     * @param problems every mistake, one sentence each, at least one
     */
    public ConfigurationRejected(List<String> problems) {
        this(problems, null);
    }

    /**
     * Refuses a configuration.
     *
     * @param problems every mistake, one sentence each, at least one
     * @param cause what happened inside; logged
     */
    public ConfigurationRejected(List<String> problems, @Nullable Throwable cause) {
        super(FailureCode.CONFIGURATION_REJECTED, String.join("; ", problems), cause, true);
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("problems must not be empty");
        }
        this.problems = List.copyOf(problems);
    }

    /** Returns every mistake, one sentence each. */
    public List<String> problems() {
        return problems;
    }
}
