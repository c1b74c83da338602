package dev.weir.keyring;

import java.security.MessageDigest;

/** Bytes that nobody may see. Equal in constant time; shown as stars. */
final class Secret {

    private final byte[] bytes;

    /** Takes a copy. */
    Secret(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    /** Returns the bytes, which must not be changed, kept or shown. */
    byte[] reveal() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    /** The same for all: a hash would tell of the bytes. */
    @Override
    public int hashCode() {
        return 1;
    }

    @Override
    public String toString() {
        return "***";
    }
}
