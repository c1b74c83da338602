package dev.weir.predictionlog.subject;

import dev.weir.keyring.Keyring;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Closes data keys with master keys, bound to their ids and subjects. Thread-safe. */
final class DataKeyWrap {

    private static final byte[] CONTEXT = "weir subject data key".getBytes(StandardCharsets.US_ASCII);

    private final Keyring keyring;

    DataKeyWrap(Keyring keyring) {
        this.keyring = keyring;
    }

    /** Closes a key with the newest master key. */
    SubjectKeyFile.Row close(long id, String subject, byte[] key) {
        return new SubjectKeyFile.Row(id, subject, keyring.wrap(key, context(id, subject)));
    }

    /**
     * Opens a key.
     *
     * @throws IllegalStateException when its master key is not there, or it is not what was closed
     */
    byte[] open(SubjectKeyFile.Row row) {
        return keyring.unwrap(row.wrapped(), context(row.id(), row.subject()));
    }

    private static byte[] context(long id, String subject) {
        byte[] text = subject.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(CONTEXT.length + Long.BYTES + text.length)
                .put(CONTEXT)
                .putLong(id)
                .put(text)
                .array();
    }
}
