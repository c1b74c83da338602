package dev.weir.deployment;

/** What a deployment does when the version that serves as its primary is revoked. */
public enum OnRevoked {
    /** The primary before it serves again; if there is none that can, the first standby. */
    PREVIOUS,
    /** The first standby serves. */
    STANDBY,
    /** Nothing serves, and the deployment is unready. */
    UNREADY
}
