/**
 * Runs recorded predictions again: the recorded input, on the recorded bytes of a version or on others, beside what serves.
 *
 * <p>Invariants: one replay runs at a time, for a bounded time, and counts against no bound of what serves; a version passes
 * every check of the load gate before it is asked; what can't be replayed says why.
 */
@NullMarked
package dev.weir.replay;

import org.jspecify.annotations.NullMarked;
