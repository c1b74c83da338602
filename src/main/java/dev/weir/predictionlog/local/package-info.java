/**
 * The local log: segments of SQLite in one directory, written by one thread, read by many.
 *
 * <p>A segment is a file {@code segment-<number>.db}. Entries stand in blocks, one row each, which hold what was committed
 * together; {@link dev.weir.predictionlog.local.BlockCodec} has their form. Every block has a head, a digest of itself
 * and of the head before it: a chain over all that the replica ever wrote.
 *
 * <p>Invariants: what a {@link dev.weir.predictionlog.PredictionLog.Commit} was told of is synced; a number within an
 * incarnation stands for one entry, whatever failed in between; a file that is there under a segment's name has a header;
 * nobody opens a segment but through SQLite while a server runs, because a process that closes any handle of a file loses
 * the locks that SQLite has on it.
 *
 * <p>Who wants segments to stay implements {@link dev.weir.predictionlog.local.SegmentKeeper}.
 */
@NullMarked
package dev.weir.predictionlog.local;

import org.jspecify.annotations.NullMarked;
