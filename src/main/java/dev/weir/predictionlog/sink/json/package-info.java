/**
 * The prediction log as lines of JSON, in a file or on the standard output.
 *
 * <p>Invariants: lines are whole, and each is a document of {@link dev.weir.predictionlog.RecordJson}; an entry may be there
 * twice, never not at all.
 */
@NullMarked
package dev.weir.predictionlog.sink.json;

import org.jspecify.annotations.NullMarked;
