/**
 * The walk of a prediction: admit, route, retain, compute, settle, answer.
 *
 * <p>Invariants: one request reads one snapshot per decision; every attempt settles exactly once, before its answer
 * leaves; nothing here knows a protocol.
 */
@NullMarked
package dev.weir.serving;

import org.jspecify.annotations.NullMarked;
