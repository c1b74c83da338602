/**
 * What manifests say of versions, field by field: what policies demand of it, and how two versions differ in it.
 *
 * <p>Invariants: pure functions of immutable values, without clock and I/O; whatever a demand or a difference may name is
 * a field that {@link dev.weir.registry.metadata.Metadata} lists, under the path it has in the manifest.
 *
 * <p>To add a field: a line in {@code Metadata.of}, and one in {@code MetadataField} if policies may name it.
 */
@NullMarked
package dev.weir.registry.metadata;

import org.jspecify.annotations.NullMarked;
