/**
 * Whom records are about: the keys that close their payloads, the erasure of a subject, and legal holds.
 *
 * <p>Invariants: a data key is on disk before anything is closed with it; a subject that was erased has no key, and what was
 * closed with it is unreadable wherever it is; what a hold covers is neither erased nor deleted for its age.
 *
 * <p>To add a place that is asked to forget: a bean that implements {@link dev.weir.predictionlog.SubjectEraser}.
 */
@NullMarked
package dev.weir.predictionlog.subject;

import org.jspecify.annotations.NullMarked;
