/**
 * The row-shaped protocols: v1 predict and invocations, which speak of rows and named features where v2 speaks of
 * tensors.
 *
 * <p>Invariants: every form of a body (rows, columns, positional rows, JSON lines, CSV) ends in the same tensors; a value
 * is coerced only where nothing is lost; a bad value names its feature and its row; memory is reserved before it is
 * taken, and taken once, because rows are counted before they are read.
 *
 * <p>To add a form: read its rows into a {@link dev.weir.api.rows.RowBatch}, cell by cell.
 */
@NullMarked
package dev.weir.api.rows;

import org.jspecify.annotations.NullMarked;
