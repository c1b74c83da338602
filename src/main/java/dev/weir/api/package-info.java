/**
 * The wire: protocols in, protocols out, and the one table from error codes to statuses.
 *
 * <p>Invariants: an edge decodes, calls {@code serving}, and encodes; it decides nothing. Every answer of every protocol
 * carries the request's id; no answer carries a stack trace, a path, a class name or a native message. One sub-package
 * per protocol, over what they share here; protocols do not know each other.
 */
@NullMarked
package dev.weir.api;

import org.jspecify.annotations.NullMarked;
