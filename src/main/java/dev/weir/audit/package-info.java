/**
 * The record of who did what: who read payloads, and whatever else must be known later of those who may do much.
 *
 * <p>Invariants: an event is on disk before what it tells of becomes visible, or that does not happen; events are added and
 * never changed, until they are so old that they are forgotten; an event tells of payloads, and holds none.
 *
 * <p>To record a new kind of action: add it to {@link dev.weir.audit.AuditAction}.
 */
@NullMarked
package dev.weir.audit;

import org.jspecify.annotations.NullMarked;
