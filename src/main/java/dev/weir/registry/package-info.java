/**
 * Where model versions come from.
 *
 * <p>Invariants: a manifest is read whole and strictly, or refused with the field that is wrong; nothing in an artifact
 * is trusted, least of all a path; a source never serves anything, it only hands over verified descriptions.
 *
 * <p>To add a source: implement {@link dev.weir.registry.ModelSource} and extend its contract test.
 */
@NullMarked
package dev.weir.registry;

import org.jspecify.annotations.NullMarked;
