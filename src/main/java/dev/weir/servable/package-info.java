/**
 * A model version's life in this process: loaded, checked, warmed, used, drained, closed.
 *
 * <p>Invariants: a {@link dev.weir.servable.LoadedModel} is closed only after its last native call returned, whoever
 * asks for the close and whenever; a queued attempt that expired never starts; every attempt ends exactly once; nothing
 * that fails a step of {@link dev.weir.servable.LoadGate} becomes a {@link dev.weir.servable.Servable}.
 *
 * <p>To add a model format: implement {@link dev.weir.servable.ModelFormat} in room {@code format}, and extend its
 * contract test. To add a reason not to load a version: implement {@link dev.weir.servable.LoadGuard}, wherever the
 * reason is known.
 */
@NullMarked
package dev.weir.servable;

import org.jspecify.annotations.NullMarked;
