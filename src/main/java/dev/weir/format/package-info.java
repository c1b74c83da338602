/**
 * One class per model format; the only room that knows a runtime.
 *
 * <p>Invariants: found by CDI, imported by nobody; what a runtime can't take unharmed is refused at load or with a coded
 * error, never passed on and answered wrongly; native messages go to the log, never to a caller.
 *
 * <p>To add a format: a class that implements {@link dev.weir.servable.ModelFormat}, and a test that extends its
 * contract. One whose libraries not everybody should carry stands in a source root of its own, which a Maven profile
 * adds: see {@code src/main/pytorch}.
 */
@NullMarked
package dev.weir.format;

import org.jspecify.annotations.NullMarked;
