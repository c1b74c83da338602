/**
 * Signed statements about how far the log went: whoever keeps them elsewhere can tell later whether the log was cut, changed or
 * deleted, even by somebody who could write to its directory.
 *
 * <p>Invariants: a checkpoint covers only what is synced; its signature covers every field; it is written beside the log before it
 * is sent anywhere.
 *
 * <p>To add a place that keeps them: {@code keep} of a kind of sink, or a bean that implements {@link
 * dev.weir.predictionlog.checkpoint.CheckpointPlaces}.
 */
@NullMarked
package dev.weir.predictionlog.checkpoint;

import org.jspecify.annotations.NullMarked;
