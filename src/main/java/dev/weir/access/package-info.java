/**
 * Who calls, and what they may do.
 *
 * <p>Invariants: an unidentified caller has no roles; the open mode, in which everybody may do everything, works on
 * loopback only unless the configuration says otherwise in so many words.
 *
 * <p>To add a mode: implement {@link dev.weir.access.Authenticator}.
 */
@NullMarked
package dev.weir.access;

import org.jspecify.annotations.NullMarked;
