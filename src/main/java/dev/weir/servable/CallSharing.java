package dev.weir.servable;

/**
 * How requests that wait for a version share its native calls.
 *
 * @param maxRows rows up to which one call answers several requests; 1 for never
 * @param oneAtATime whether a call waits for the one before it, as long as who waits fits into it
 */
record CallSharing(int maxRows, boolean oneAtATime) {}
