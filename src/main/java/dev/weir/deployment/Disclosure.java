package dev.weir.deployment;

/** How much of what answered a deployment tells its callers. */
public enum Disclosure {
    /** Model, version, variant and reason. */
    FULL,
    /** The version. */
    VERSION,
    /** Nothing. */
    OPAQUE
}
