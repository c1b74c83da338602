/**
 * Where model versions come from.
 *
 * <p>Invariants: a manifest is read whole and strictly, or refused with the field that is wrong; nothing in an artifact
 * is trusted, least of all a path; a source never serves anything, it only hands over verified descriptions;
 * a version that is revoked is never wanted again.
 *
 * <p>To add a source: implement {@link dev.weir.registry.ModelSource} and extend its contract test.
 * To keep versions from being deleted that something refers to: implement {@link dev.weir.registry.Citations}.
 */
@NullMarked
package dev.weir.registry;

import org.jspecify.annotations.NullMarked;
