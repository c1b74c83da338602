package dev.weir.keyring;

import dev.weir.failure.ConfigurationRejected;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Every version of every key, ready for use. Immutable; a class and no record, so that nothing prints its fields. */
final class Keys {

    static final String MAC = "HmacSHA256";
    static final String SIGNATURE = "Ed25519";

    private static final byte[] PROBE = {1, 2, 3};

    private final NavigableMap<Integer, Mac> hmac = new TreeMap<>();
    private final NavigableMap<Integer, SecretKeySpec> master = new TreeMap<>();
    private final NavigableMap<Integer, PrivateKey> signing = new TreeMap<>();
    private final NavigableMap<Integer, PublicKey> checking = new TreeMap<>();

    private Keys() {}

    /**
     * Makes keys of their bytes.
     *
     * @throws ConfigurationRejected when a signing key is none, or has not the public key beside it
     */
    static Keys of(Map<KeyKind, Map<Integer, Secret>> secrets, Map<Integer, Secret> publicKeys) {
        Keys keys = new Keys();
        secrets.getOrDefault(KeyKind.HMAC, Map.of()).forEach((version, secret) -> keys.hmac.put(version, mac(secret)));
        secrets.getOrDefault(KeyKind.MASTER, Map.of())
                .forEach((version, secret) -> keys.master.put(version, new SecretKeySpec(secret.reveal(), "AES")));
        List<String> problems = new ArrayList<>();
        publicKeys.forEach((version, secret) -> {
            try {
                keys.checking.put(
                        version,
                        KeyFactory.getInstance(SIGNATURE).generatePublic(new X509EncodedKeySpec(secret.reveal())));
            } catch (GeneralSecurityException e) {
                problems.add(place(version, "pub") + " is no public key of Ed25519");
            }
        });
        secrets.getOrDefault(KeyKind.SIGNING, Map.of()).forEach((version, secret) -> {
            try {
                PrivateKey key =
                        KeyFactory.getInstance(SIGNATURE).generatePrivate(new PKCS8EncodedKeySpec(secret.reveal()));
                keys.signing.put(version, key);
                if (!fit(key, keys.checking.get(version))) {
                    problems.add(
                            place(version, "key") + " has not its public key beside it, in a file that ends in .pub");
                }
            } catch (GeneralSecurityException e) {
                problems.add(place(version, "key") + " is no private key of Ed25519");
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
        return keys;
    }

    private static String place(int version, String end) {
        return "weir.keyring.directory: signing-k" + version + "." + end;
    }

    private static Mac mac(Secret secret) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(secret.reveal(), MAC));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform has no " + MAC, e);
        }
    }

    private static boolean fit(PrivateKey key, @Nullable PublicKey check) throws GeneralSecurityException {
        if (check == null) {
            return false;
        }
        Signature signing = Signature.getInstance(SIGNATURE);
        signing.initSign(key);
        signing.update(PROBE);
        Signature checking = Signature.getInstance(SIGNATURE);
        try {
            checking.initVerify(check);
        } catch (InvalidKeyException e) {
            return false;
        }
        checking.update(PROBE);
        return checking.verify(signing.sign());
    }

    /** Returns the versions of HMAC keys and a MAC of each, which is to be cloned and not used. */
    NavigableMap<Integer, Mac> hmac() {
        return hmac;
    }

    NavigableMap<Integer, SecretKeySpec> master() {
        return master;
    }

    NavigableMap<Integer, PrivateKey> signing() {
        return signing;
    }

    NavigableMap<Integer, PublicKey> checking() {
        return checking;
    }
}
