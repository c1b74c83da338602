/**
 * The prediction log in PostgreSQL: forwarded exactly once, and read again.
 *
 * <p>Invariants: entries and the position of their replica change in one transaction; a payload is sealed with its
 * subject's key before it leaves the process; no call waits for a database longer than it is configured to.
 *
 * <p>Tables are made and changed by the scripts beside this package's resources, in order, each once; a script that was
 * released never changes. What a script adds must leave the release before able to write.
 */
@NullMarked
package dev.weir.predictionlog.sink.postgresql;

import org.jspecify.annotations.NullMarked;
