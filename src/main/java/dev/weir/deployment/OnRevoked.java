package dev.weir.deployment;

/**
 * What a deployment does when the version that serves as its primary is revoked, be it what its file asks for or what
 * serves in the place of that.
 */
public enum OnRevoked {
    /** The newest primary before it that can serve does so again; if there is none, the first standby that can. */
    PREVIOUS,
    /** The first standby that can serve does. */
    STANDBY,
    /** Nothing serves, and the deployment is unready. */
    UNREADY
}
