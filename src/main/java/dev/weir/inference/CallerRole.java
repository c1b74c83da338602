package dev.weir.inference;

/** What a caller may do. */
public enum CallerRole {
    /** Ask for predictions. */
    PREDICT,
    /** Report the truth about predictions. */
    OUTCOME,
    /** Register model versions. */
    REGISTER,
    /** Change traffic and watch the server. */
    OPERATE,
    /** Read payloads and the record of decisions. */
    AUDIT
}
