package dev.weir.failure;

import java.util.List;

/** A configuration that was refused whole, with every mistake found in it. */
public final class ConfigurationRejected extends WeirException {

    private final List<String> problems;

    /**
     * Refuses a configuration.
     *
     * @param problems every mistake, one sentence each, at least one
     */
    public ConfigurationRejected(List<String> problems) {
        super(FailureCode.CONFIGURATION_REJECTED, String.join("; ", problems), null, true);
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
