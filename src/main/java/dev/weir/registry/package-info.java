/**
 * Where model versions come from.
 *
 * <p>Invariants: a manifest is read whole and strictly, or refused with the field that is wrong; nothing in an artifact
 * is trusted, least of all a path; a source never serves anything, it only hands over verified descriptions;
 * a version that is revoked is never wanted again.
 *
 * <p>To add a source: implement {@link dev.weir.registry.ModelSource} and extend its contract test. It is a bean with an
 * {@code @Identifier}, its name in {@code weir.registry.source}, and is made only when it is chosen. One on another machine
 * implements {@link dev.weir.registry.RemoteModelSource}, which puts what it fetches into the cache; what happens while
 * it is down is done for it. To keep versions from being deleted that something refers to: implement
 * {@link dev.weir.registry.Citations}.
 */
@NullMarked
package dev.weir.registry;

import org.jspecify.annotations.NullMarked;
