/**
 * The server's keys: what keyed digests are made with, what wraps the keys of subjects, and what signs.
 *
 * <p>Invariants: key material leaves this room only as what it was used for, and no {@code toString} shows it; every key has a
 * version, and old versions stay usable for what was made with them; secrets are compared in constant time.
 *
 * <p>Keys are files of one directory ({@link dev.weir.keyring.KeyringConfig}). To add a kind: {@code KeyKind}, and a method
 * of {@link dev.weir.keyring.Keyring} that uses it.
 */
@NullMarked
package dev.weir.keyring;

import org.jspecify.annotations.NullMarked;
