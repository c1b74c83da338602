/**
 * The reference profile: what the data that a version was trained on look like, column by column, so that what callers
 * send can be compared with it later.
 *
 * <p>Invariants: the same data give the same bytes; every count is exact; no profile holds a row of the data; memory is
 * bounded by the rows of one column, whatever the size of the file.
 *
 * <p>To add a kind of file: implement {@link dev.weir.profile.TrainingTable}.
 */
@NullMarked
package dev.weir.profile;

import org.jspecify.annotations.NullMarked;
