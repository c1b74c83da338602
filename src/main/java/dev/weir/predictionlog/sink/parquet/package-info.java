/**
 * The prediction log as files of Apache Parquet, one per deployment, version and hour, with a typed column per feature and
 * output.
 *
 * <p>Invariants: a file is there as a whole or not at all; what a batch of files will hold is written down before the first
 * of them, so that a process that takes over writes the same files under the same names: each entry is in one file.
 * Checkpoints are beside them, a file each, and never replaced.
 */
@NullMarked
package dev.weir.predictionlog.sink.parquet;

import org.jspecify.annotations.NullMarked;
