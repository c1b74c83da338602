package dev.weir.predictionlog.subject;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.PredictionId;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.PredictionLogConfig;
import dev.weir.telemetry.Log;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Closes payloads with their subjects' own data keys: AES-256-GCM, with a fresh nonce each, bound to the attempt and the
 * subject. Data keys are random, and stand in a file wrapped by the keyring's master key; whoever destroys one makes every
 * payload under it unreadable, in this log and wherever it was forwarded.
 *
 * <p>Closed form, version 1: a byte 1, the data key's id in 8 bytes, the nonce in 12, ciphertext and tag.
 *
 * <p>Thread-safe. One lock guards the file and what is kept of it in memory; ciphers work outside of it.
 */
@Singleton
public class SubjectKeys implements PayloadSeal, AutoCloseable {

    private static final Log LOG = Log.of(SubjectKeys.class);
    private static final byte VERSION = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int KEY_BYTES = 32;
    private static final int HEAD_BYTES = 1 + Long.BYTES + NONCE_BYTES;
    private static final String CIPHER = "AES/GCM/NoPadding";

    /** Keys kept in memory; some hundred bytes each. */
    private static final int KEPT = 10_000;

    /** Longer than a record waits in memory to be written, and than a sink takes to write one. */
    private static final Duration ERASURE_ECHO = Duration.ofMinutes(15);

    private final Path path;
    private final Keyring keyring;
    private final DataKeyWrap wrap;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /** Guarded by this, as all below. */
    private @Nullable SubjectKeyFile file;

    private final Map<String, DataKey> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DataKey> eldest) {
            return size() > KEPT;
        }
    };

    /** Subjects that were erased of late, and when: records from before, which are written only now, are erased too. */
    private final Map<String, Long> erased = new LinkedHashMap<>();

    /** A key, ready for use; shown by nothing. */
    private static final class DataKey {
        private final long id;
        private final SecretKeySpec key;

        DataKey(long id, byte[] key) {
            this.id = id;
            this.key = new SecretKeySpec(key, "AES");
        }
    }

    @Inject
    SubjectKeys(PredictionLogConfig config, Keyring keyring, InstantSource clock) {
        this(config.directory().resolve("subjects.db"), keyring, clock);
    }

    /**
     * Uses a file of keys, which is made when the first key is.
     *
     * @throws ConfigurationRejected when keys in it are closed with a master key that the keyring does not have
     */
    public SubjectKeys(Path path, Keyring keyring, InstantSource clock) {
        this.path = path;
        this.keyring = keyring;
        this.wrap = new DataKeyWrap(keyring);
        this.clock = clock;
        requireMasters();
    }

    private void requireMasters() {
        if (!path.toFile().exists()) {
            return;
        }
        try {
            for (int version : file().masterVersions()) {
                if (!keyring.hasMaster(version)) {
                    throw new ConfigurationRejected(List.of("weir.keyring.directory: master-k" + version
                            + ".key is not there, but keys of subjects were closed with it"));
                }
            }
        } catch (SQLException | IOException e) {
            throw new ConfigurationRejected(
                    List.of("weir.predictions.directory: the keys of subjects there can't be read"), e);
        }
    }

    private synchronized SubjectKeyFile file() throws SQLException, IOException {
        SubjectKeyFile open = file;
        if (open == null) {
            open = SubjectKeyFile.open(path);
            file = open;
        }
        return open;
    }

    @Override
    public synchronized void prepare(Collection<String> subjectKeys) {
        try {
            Set<String> missing = new LinkedHashSet<>();
            for (String subject : subjectKeys) {
                if (!kept.containsKey(subject) && !find(subject)) {
                    missing.add(subject);
                }
            }
            if (!missing.isEmpty()) {
                make(missing);
            }
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    private boolean find(String subject) throws SQLException, IOException {
        SubjectKeyFile.Row row = file().bySubject(subject);
        if (row != null) {
            kept.put(subject, unwrapped(row));
        }
        return row != null;
    }

    private void make(Set<String> subjects) throws SQLException, IOException {
        List<SubjectKeyFile.Row> rows = new ArrayList<>();
        Map<String, DataKey> made = new LinkedHashMap<>();
        for (String subject : subjects) {
            byte[] key = new byte[KEY_BYTES];
            random.nextBytes(key);
            long id = random.nextLong();
            rows.add(wrap.close(id, subject, key));
            made.put(subject, new DataKey(id, key));
        }
        file().add(rows, clock.millis());
        kept.putAll(made);
    }

    private DataKey unwrapped(SubjectKeyFile.Row row) {
        return new DataKey(row.id(), wrap.open(row));
    }

    @Override
    public byte[] seal(PredictionId id, @Nullable String subjectKey, byte[] payload) {
        if (subjectKey == null) {
            return payload;
        }
        DataKey key = keyFor(id, subjectKey);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key.key, nonce, id, subjectKey);
            byte[] sealed = new byte[HEAD_BYTES + cipher.getOutputSize(payload.length)];
            ByteBuffer.wrap(sealed).put(VERSION).putLong(key.id).put(nonce);
            cipher.doFinal(payload, 0, payload.length, sealed, HEAD_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a payload can't be closed", e);
        }
    }

    @Override
    public synchronized boolean isErased(PredictionId id, String subjectKey) {
        Long since = erased.get(subjectKey);
        return since != null && millis(id) <= since;
    }

    private synchronized DataKey keyFor(PredictionId id, String subject) {
        if (isErased(id, subject)) {
            return lost();
        }
        DataKey key = kept.get(subject);
        if (key == null) {
            prepare(List.of(subject));
            key = kept.get(subject);
        }
        if (key == null) {
            throw new IllegalStateException("a key that was made is not there");
        }
        return key;
    }

    /** Returns a key that nobody has. */
    private DataKey lost() {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        return new DataKey(random.nextLong(), key);
    }

    private static long millis(PredictionId id) {
        return id.value().getMostSignificantBits() >>> 16;
    }

    @Override
    public byte @Nullable [] open(PredictionId id, @Nullable String subjectKey, byte[] sealed) {
        if (subjectKey == null) {
            return sealed;
        }
        if (sealed.length < HEAD_BYTES || sealed[0] != VERSION) {
            throw new IllegalStateException("a closed payload has an unknown form");
        }
        ByteBuffer head = ByteBuffer.wrap(sealed, 1, HEAD_BYTES - 1);
        long keyId = head.getLong();
        byte[] nonce = new byte[NONCE_BYTES];
        head.get(nonce);
        DataKey key = keyOf(keyId, subjectKey);
        if (key == null) {
            return null;
        }
        try {
            return cipher(Cipher.DECRYPT_MODE, key.key, nonce, id, subjectKey)
                    .doFinal(sealed, HEAD_BYTES, sealed.length - HEAD_BYTES);
        } catch (AEADBadTagException e) {
            throw new IllegalStateException("a closed payload is not what was closed", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a payload can't be opened", e);
        }
    }

    private synchronized @Nullable DataKey keyOf(long id, String subject) {
        DataKey key = kept.get(subject);
        if (key != null && key.id == id) {
            return key;
        }
        if (file == null && !path.toFile().exists()) {
            return null;
        }
        try {
            SubjectKeyFile.Row row = file().byId(id);
            if (row == null) {
                return null;
            }
            if (!row.subject().equals(subject)) {
                throw new IllegalStateException("a closed payload names the key of another subject");
            }
            DataKey found = unwrapped(row);
            kept.put(subject, found);
            return found;
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] nonce, PredictionId id, String subject)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.value().getMostSignificantBits())
                .putLong(id.value().getLeastSignificantBits())
                .flip());
        cipher.updateAAD(subject.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    /**
     * Destroys the keys of a subject: what was closed with them, and what is about to be written of requests from before now,
     * nobody reads any more. A later request of the same subject gets a new key.
     *
     * @return how many there were
     * @throws IllegalStateException when the file can't be written; the keys may still be there then
     */
    synchronized int destroy(Collection<String> subjectKeys) {
        long now = clock.millis();
        erased.values().removeIf(at -> at < now - ERASURE_ECHO.toMillis());
        for (String subject : subjectKeys) {
            kept.remove(subject);
            erased.put(subject, now);
        }
        if (file == null && !path.toFile().exists()) {
            return 0;
        }
        try {
            return file().delete(subjectKeys);
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    /** Returns how many keys are closed with another master key than the newest. */
    synchronized long outdated() {
        if (file == null && !path.toFile().exists()) {
            return 0;
        }
        try {
            return file().countNotOf(keyring.version(KeyKind.MASTER));
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    /**
     * Some keys that were closed anew.
     *
     * @param lastId the last that was looked at, where the next ones begin; null when there are no more
     * @param count how many could be
     */
    record Closed(@Nullable Long lastId, int count) {

        /** Where to begin. */
        static final Closed NONE = new Closed(null, 0);

        boolean isLast() {
            return lastId == null;
        }
    }

    /**
     * Closes some keys with the newest master key that were closed with another, in one write: after a kill, each is closed with
     * the one or the other. What was deleted stays deleted. Keys that can't be opened stay as they are.
     *
     * @param after {@link Closed#lastId} of the ones before; null for the first
     * @throws IllegalStateException when the file can't be written; all keys are as they were then
     */
    synchronized Closed closeAnew(@Nullable Long after, int limit) {
        if (file == null && !path.toFile().exists()) {
            return Closed.NONE;
        }
        try {
            List<SubjectKeyFile.Row> old = file().notOf(keyring.version(KeyKind.MASTER), after, limit);
            List<SubjectKeyFile.Row> anew = new ArrayList<>();
            for (SubjectKeyFile.Row row : old) {
                if (!keyring.hasMaster(Keyring.masterVersion(row.wrapped()))) {
                    continue;
                }
                try {
                    anew.add(wrap.close(row.id(), row.subject(), wrap.open(row)));
                } catch (IllegalStateException e) { // must not keep the others from it; how many there are is told
                    LOG.debug("the key of a subject can't be opened").cause(e).write();
                }
            }
            file().replace(anew);
            return new Closed(old.size() < limit ? null : old.getLast().id(), anew.size());
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    /** Cuts the file's log of writes, which has keys as they were closed before. */
    synchronized void cutLog() {
        if (file == null && !path.toFile().exists()) {
            return;
        }
        try {
            file().cutLog();
        } catch (SQLException | IOException e) {
            throw unusable(e);
        }
    }

    private static IllegalStateException unusable(Exception cause) {
        return new IllegalStateException("the keys of subjects can't be read or written", cause);
    }

    /** Closes the file. */
    @PreDestroy
    @Override
    public synchronized void close() {
        SubjectKeyFile open = file;
        file = null;
        kept.clear();
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                throw new IllegalStateException("the keys of subjects can't be closed", e);
            }
        }
    }
}
