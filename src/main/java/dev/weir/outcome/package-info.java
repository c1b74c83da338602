/**
 * The truth about predictions, which is reported later: by the prediction's id, or by an id of the caller's own.
 *
 * <p>Invariants: what was acknowledged is on disk; a report that comes twice is kept once; a correction takes nothing away,
 * it is a further revision; who may not read the record of predictions reports on predictions of its own alone; no outcome
 * is shown with a prediction of somebody that its reporter may not report on; of a subject that was forgotten, nothing is
 * kept or taken that tells of predictions from before.
 */
@NullMarked
package dev.weir.outcome;

import org.jspecify.annotations.NullMarked;
