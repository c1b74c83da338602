package dev.weir.predictionlog;

/** What sinks get of the payload of a record that says whom it is about. */
public enum SubjectPayloads {
    /** The payload under the subject's key, where the sink can keep it; elsewhere nothing. */
    SEALED,
    /** Nothing. */
    WITHHELD,
    /** The payload as it is. */
    CLEAR
}
