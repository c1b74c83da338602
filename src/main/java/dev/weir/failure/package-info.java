/**
 * The sealed family of errors, each with a stable code.
 *
 * <p>Invariants: a {@link dev.weir.failure.FailureCode} never changes its name once released; no error here knows HTTP
 * or gRPC (the edge maps codes to statuses in one table); no message carries a stack trace, a file path, a class name
 * or tensor contents.
 *
 * <p>To add an error: add a code, and give it its statuses in {@code dev.weir.api.StatusTable} (the compiler asks for
 * it). Add a subtype of {@link dev.weir.failure.WeirException} only when the error carries something the others don't.
 */
@NullMarked
package dev.weir.failure;

import org.jspecify.annotations.NullMarked;
