/**
 * From deployment files to one immutable {@link dev.weir.deployment.ServingSnapshot}.
 *
 * <p>Invariants: files are validated as a whole, and every mistake is reported at once; a request sees one snapshot;
 * a version that can't be loaded makes its own deployment unready and no other.
 */
@NullMarked
package dev.weir.deployment;

import org.jspecify.annotations.NullMarked;
