/**
 * The record of predictions: what was asked, who answered, and how; and the marks of what is missing.
 *
 * <p>Invariants: room in the buffer is reserved before the model runs; what was accepted ends in the local log, or its loss
 * is an entry of the log itself; a value that a policy redacts is in no byte that leaves the process; entries are read by
 * position, and positions grow in the order of commits.
 *
 * <p>The records of a prediction are written by {@link dev.weir.predictionlog.PredictionLog}, kept by package
 * {@code local}, and forwarded by package {@code sink}. To add a place to forward to: implement {@link
 * dev.weir.predictionlog.LogSink} and extend its contract test.
 */
@NullMarked
package dev.weir.predictionlog;

import org.jspecify.annotations.NullMarked;
