/**
 * How people read the record of predictions and say what came true, under {@code /api/v1}.
 *
 * <p>Invariants: that payloads are read is on record before the first of their bytes leaves; an answer takes no more memory
 * for being long; each operation asks for its caller's role itself.
 */
@NullMarked
package dev.weir.api.audit;

import org.jspecify.annotations.NullMarked;
