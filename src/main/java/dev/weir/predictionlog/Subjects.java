package dev.weir.predictionlog;

import dev.weir.keyring.Keyring;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Turns whom requests are about into keys that stand for them: a keyed digest such as {@code hmac:k3:…}, of which nobody can
 * tell the subject who has not the keyring. Thread-safe; does not block.
 */
@Singleton
public class Subjects {

    private final Keyring keyring;

    /** Uses a keyring. */
    @Inject
    public Subjects(Keyring keyring) {
        this.keyring = keyring;
    }

    /** Returns the key of a subject under the newest version. */
    public String key(String subject) {
        return keyring.pseudonym(Keyring.Purpose.SUBJECT, subject.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the keys of a subject under every version that ever was, newest first: what finds its old records. */
    public List<String> keys(String subject) {
        return keyring.pseudonyms(Keyring.Purpose.SUBJECT, subject.getBytes(StandardCharsets.UTF_8));
    }
}
