/**
 * The probes, answered from real states.
 *
 * <p>Invariants: readiness is {@code ServingState}, never a constant; liveness fails only when the process is wedged,
 * never for a model, a registry, a full queue or a shutdown.
 */
@NullMarked
package dev.weir.health;

import org.jspecify.annotations.NullMarked;
