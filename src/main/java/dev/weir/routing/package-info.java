/**
 * Which variant answers a request; pure functions over immutable values.
 *
 * <p>Invariants: no clock, no I/O, no state: the same split and the same request give the same route on every replica.
 *
 * <p>To add a strategy: a function from {@link dev.weir.routing.TrafficSplit} and request to
 * {@link dev.weir.routing.Route}, and a reason.
 */
@NullMarked
package dev.weir.routing;

import org.jspecify.annotations.NullMarked;
