package dev.weir.keyring;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import io.quarkus.runtime.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What the server does with its keys. Thread-safe; only {@link #refresh} reads files. The highest version of a kind makes what
 * is new; what is old says the version that made it.
 */
@Singleton
@Startup
public class Keyring {

    /** What keyed digests are for: equal values have different digests for different purposes. */
    public enum Purpose {
        /** Stands for whom a request is about. */
        SUBJECT(0),
        /** Stands for the value of a feature. */
        FEATURE(1),
        /** Stands for the key that keeps a caller with a variant. */
        STICKY_KEY(2);

        /** Stands at the beginning of what is digested; never changes. */
        private final byte number;

        Purpose(int number) {
            this.number = (byte) number;
        }
    }

    /** 144 bits, which Base64 writes without padding. */
    private static final int DIGEST_BYTES = 18;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final byte WRAPPED = 1;
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final Log LOG = Log.of(Keyring.class);

    private final KeyFiles files;
    private final SecureRandom random = new SecureRandom();

    /** Guarded by this. */
    private Set<String> names;

    private volatile Keys keys;

    /**
     * Reads the configured keys, after it made those that are missing, if it may.
     *
     * @throws ConfigurationRejected when keys are missing, or are none
     */
    @Inject
    public Keyring(KeyringConfig config) {
        this(config.directory(), config.create());
    }

    /**
     * Reads the keys of a directory.
     *
     * @param create whether missing kinds are made
     * @throws ConfigurationRejected when keys are missing, or are none
     */
    public Keyring(Path directory, boolean create) {
        this.files = new KeyFiles(directory);
        if (create) {
            files.complete();
        }
        this.names = files.names();
        this.keys = files.read();
    }

    /** Takes over what was added to or taken from the directory; when it can't be read, the keys stay as they are. */
    public synchronized void refresh() {
        try {
            Set<String> found = files.names();
            if (!found.equals(names)) {
                keys = files.read();
                names = found;
                LOG.info("keys were read again")
                        .with(LogKey.COUNT, found.size())
                        .write();
            }
        } catch (ConfigurationRejected e) {
            LOG.error("keys can't be read; those of before stay in use")
                    .with(LogKey.REASON, e.publicMessage())
                    .write();
        }
    }

    /** Makes the next version of a kind of key in a directory, and returns its number. */
    public static int rotate(Path directory, KeyKind kind) {
        return new KeyFiles(directory).rotate(kind);
    }

    /**
     * Returns a keyed digest under the newest key, such as {@code hmac:k3:…} with 144 bits in Base64url. Nobody without the key
     * can tell what it stands for, or make one.
     *
     * @param parts what it stands for; where one ends and the next begins counts
     */
    public String pseudonym(Purpose purpose, byte[]... parts) {
        Map.Entry<Integer, Mac> newest = keys.hmac().lastEntry();
        return digest(newest.getKey(), newest.getValue(), purpose, parts);
    }

    /** Returns the keyed digests under every key that there is, newest first. */
    public List<String> pseudonyms(Purpose purpose, byte[]... parts) {
        return keys.hmac().descendingMap().entrySet().stream()
                .map(each -> digest(each.getKey(), each.getValue(), purpose, parts))
                .toList();
    }

    private static String digest(int version, Mac prototype, Purpose purpose, byte[]... parts) {
        Mac mac;
        try {
            mac = (Mac) prototype.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's " + Keys.MAC + " can't be cloned", e);
        }
        mac.update(purpose.number);
        byte[] length = new byte[Integer.BYTES];
        for (byte[] part : parts) {
            ByteBuffer.wrap(length).putInt(part.length);
            mac.update(length);
            mac.update(part);
        }
        byte[] digest = Arrays.copyOf(mac.doFinal(), DIGEST_BYTES);
        return "hmac:k" + version + ":" + Base64.getUrlEncoder().encodeToString(digest);
    }

    /** Says whether two digests are the same, in a time that does not depend on where they differ. */
    public static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Closes a key with the newest master key.
     *
     * @param context what the key is for; it opens in the same context only
     */
    public byte[] wrap(byte[] key, byte[] context) {
        Map.Entry<Integer, SecretKeySpec> newest = keys.master().lastEntry();
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] closed = gcm(Cipher.ENCRYPT_MODE, newest.getValue(), nonce, context, key);
        return ByteBuffer.allocate(1 + Integer.BYTES + NONCE_BYTES + closed.length)
                .put(WRAPPED)
                .putInt(newest.getKey())
                .put(nonce)
                .put(closed)
                .array();
    }

    /**
     * Opens a key.
     *
     * @throws IllegalStateException when its master key is not there, or it was closed in another context
     */
    public byte[] unwrap(byte[] wrapped, byte[] context) {
        SecretKeySpec master = keys.master().get(masterVersion(wrapped));
        if (master == null) {
            throw new IllegalStateException("the master key k" + masterVersion(wrapped) + " is not in the keyring");
        }
        int from = 1 + Integer.BYTES;
        return gcm(
                Cipher.DECRYPT_MODE,
                master,
                Arrays.copyOfRange(wrapped, from, from + NONCE_BYTES),
                context,
                Arrays.copyOfRange(wrapped, from + NONCE_BYTES, wrapped.length));
    }

    /** Returns the version of the master key that closed a key. */
    public static int masterVersion(byte[] wrapped) {
        if (wrapped.length <= 1 + Integer.BYTES + NONCE_BYTES || wrapped[0] != WRAPPED) {
            throw new IllegalStateException("a wrapped key has an unknown form");
        }
        return ByteBuffer.wrap(wrapped).getInt(1);
    }

    /** Says whether there is a master key of this version. */
    public boolean hasMaster(int version) {
        return keys.master().containsKey(version);
    }

    /** Says whether there are master keys besides the newest. */
    public boolean hasOlderMasters() {
        return keys.master().size() > 1;
    }

    /** Returns the newest version of a kind. */
    public int version(KeyKind kind) {
        return switch (kind) {
            case HMAC -> keys.hmac().lastKey();
            case MASTER -> keys.master().lastKey();
            case SIGNING -> keys.signing().lastKey();
        };
    }

    private static byte[] gcm(int mode, SecretKeySpec key, byte[] nonce, byte[] context, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(context);
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key can't be wrapped or unwrapped", e);
        }
    }

    /**
     * A signature.
     *
     * @param keyId the key that made it, such as {@code k1}
     * @param bytes an Ed25519 signature
     */
    public record Signed(String keyId, byte[] bytes) {}

    /** Signs a message with the newest signing key. */
    public Signed sign(byte[] message) {
        Map.Entry<Integer, PrivateKey> newest = keys.signing().lastEntry();
        try {
            Signature signature = Signature.getInstance(Keys.SIGNATURE);
            signature.initSign(newest.getValue());
            signature.update(message);
            return new Signed("k" + newest.getKey(), signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the signing key can't sign", e);
        }
    }

    /** Signs. */
    @FunctionalInterface
    public interface Signer {
        /** Signs a message with the newest signing key. */
        Signed sign(byte[] message);
    }

    /** Checks signatures. */
    @FunctionalInterface
    public interface Verifier {
        /** Says whether a signature is one of this message by the key it names; false too when that key is not known. */
        boolean verify(byte[] message, Signed signed);
    }

    /** Says whether a signature is one of this message by this key; false too when the keyring does not have the key. */
    public boolean verify(byte[] message, Signed signed) {
        return verify(keys.checking(), message, signed);
    }

    /**
     * Returns what checks signatures with the public keys of a directory, {@code signing-k1.pub} and so on: all that somebody
     * needs who does not trust the server's own machine.
     *
     * @throws ConfigurationRejected when a file holds no public key
     */
    public static Verifier verifier(Path directory) {
        Map<Integer, PublicKey> checking = new KeyFiles(directory).publicKeys().checking();
        return (message, signed) -> verify(checking, message, signed);
    }

    private static boolean verify(Map<Integer, PublicKey> checking, byte[] message, Signed signed) {
        Integer version = version(signed.keyId());
        PublicKey key = version == null ? null : checking.get(version);
        if (key == null) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(Keys.SIGNATURE);
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(signed.bytes());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static @Nullable Integer version(String keyId) {
        return keyId.matches("k[1-9][0-9]{0,8}") ? Integer.valueOf(keyId.substring(1)) : null;
    }

    /** Says which versions are in use, and nothing else. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("keyring");
        for (KeyKind kind : KeyKind.values()) {
            text.append(' ')
                    .append(kind.name().toLowerCase(Locale.ROOT))
                    .append(" k")
                    .append(version(kind));
        }
        return text.toString();
    }
}
