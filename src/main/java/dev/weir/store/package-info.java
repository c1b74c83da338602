/**
 * What a replica must remember between starts, and a fleet must agree on.
 *
 * <p>Invariants: every write has a revision larger than all before it; a write names the revision it replaces, or is
 * refused; what was acknowledged survives the process.
 *
 * <p>To add a store: implement {@link dev.weir.store.StateStore} and extend its contract test.
 */
@NullMarked
package dev.weir.store;

import org.jspecify.annotations.NullMarked;
