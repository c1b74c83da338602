package dev.weir.predictionlog;

import java.util.Locale;

/** Which payloads a record keeps. */
public enum Capture {
    /** Inputs and outputs. */
    FULL,
    /** Inputs only. */
    INPUTS,
    /** Outputs only. */
    OUTPUTS,
    /** Neither; the record says only that, by whom and how the request was answered. */
    NONE;

    /** Says whether inputs are kept. */
    public boolean inputs() {
        return this == FULL || this == INPUTS;
    }

    /** Says whether outputs are kept. */
    public boolean outputs() {
        return this == FULL || this == OUTPUTS;
    }

    /** Returns the word used in configuration and records. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
