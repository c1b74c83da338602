package dev.weir.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyringTest {

    private static final byte[] ONE = "one".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "other".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void name() {
        directory = parent.resolve("keys");
    }

    private Keyring keyring() {
        return new Keyring(directory, true);
    }

    @Test
    void makesKeysThatOnlyTheirOwnerCanRead() throws IOException {
        keyring();

        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).hasSize(4).allSatisfy(each -> assertThat(Files.getPosixFilePermissions(each))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @Test
    void keepsItsKeysAcrossStarts() {
        assertThat(keyring().pseudonym(Keyring.Purpose.SUBJECT, ONE))
                .isEqualTo(keyring().pseudonym(Keyring.Purpose.SUBJECT, ONE));
    }

    @Test
    void refusesToStartWithoutKeysThatItMayNotMake() {
        assertThatThrownBy(() -> new Keyring(directory, false))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("hmac-k1.key")
                .hasMessageContaining("master-k1.key")
                .hasMessageNotContaining(directory.toString());
    }

    @Test
    void digestsDifferByKeyringPurposeValueAndWhereItsPartsEnd() {
        Keyring keyring = keyring();

        assertThat(List.of(
                        keyring.pseudonym(Keyring.Purpose.SUBJECT, ONE),
                        keyring.pseudonym(Keyring.Purpose.FEATURE, ONE),
                        keyring.pseudonym(Keyring.Purpose.SUBJECT, OTHER),
                        keyring.pseudonym(Keyring.Purpose.SUBJECT, new byte[] {1}, new byte[] {2, 3}),
                        keyring.pseudonym(Keyring.Purpose.SUBJECT, new byte[] {1, 2}, new byte[] {3}),
                        new Keyring(parent.resolve("others"), true).pseudonym(Keyring.Purpose.SUBJECT, ONE)))
                .doesNotHaveDuplicates()
                .allMatch(each -> each.matches("hmac:k1:[A-Za-z0-9_-]{24}"));
    }

    @Test
    void rotationChangesWhatIsNewAndStillFindsWhatIsOld() {
        String old = keyring().pseudonym(Keyring.Purpose.SUBJECT, ONE);

        assertThat(Keyring.rotate(directory, KeyKind.HMAC)).isEqualTo(2);

        Keyring rotated = keyring();
        assertThat(rotated.pseudonym(Keyring.Purpose.SUBJECT, ONE)).startsWith("hmac:k2:");
        assertThat(rotated.pseudonyms(Keyring.Purpose.SUBJECT, ONE))
                .containsExactly(rotated.pseudonym(Keyring.Purpose.SUBJECT, ONE), old);
    }

    @Test
    void takesOverAKeyThatIsAddedWhileItRuns() {
        Keyring keyring = keyring();
        Keyring.rotate(directory, KeyKind.HMAC);

        keyring.refresh();

        assertThat(keyring.version(KeyKind.HMAC)).isEqualTo(2);
    }

    @Test
    void goesOnWithItsKeysWhenOneThatIsAddedIsNone() throws IOException {
        Keyring keyring = keyring();
        Files.writeString(directory.resolve("hmac-k2.key"), "short");

        keyring.refresh();

        assertThat(keyring.version(KeyKind.HMAC)).isEqualTo(1);
    }

    @Test
    void refusesAFileThatHoldsNoKeyWithoutShowingIt() throws IOException {
        keyring();
        Files.writeString(directory.resolve("master-k2.key"), "aHVudGVyMg==");

        assertThatThrownBy(this::keyring)
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("master-k2.key")
                .hasMessageNotContaining("aHVudGVyMg");
    }

    @Test
    void opensWhatItWrappedUnderAnOlderMasterKey() {
        byte[] wrapped = keyring().wrap(ONE, OTHER);
        Keyring.rotate(directory, KeyKind.MASTER);

        Keyring rotated = keyring();

        assertThat(rotated.unwrap(wrapped, OTHER)).isEqualTo(ONE);
        assertThat(rotated.unwrap(rotated.wrap(ONE, OTHER), OTHER)).isEqualTo(ONE);
    }

    @Test
    void opensNothingInAnotherContextOrWithAnotherKeyring() {
        Keyring keyring = keyring();
        byte[] wrapped = keyring.wrap(ONE, OTHER);

        assertThatThrownBy(() -> keyring.unwrap(wrapped, ONE)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Keyring(parent.resolve("others"), true).unwrap(wrapped, OTHER))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void checksSignaturesOfOldAndNewKeysAndOfNoOthers() {
        Keyring keyring = keyring();
        Keyring.Signed old = keyring.sign(ONE);
        Keyring.rotate(directory, KeyKind.SIGNING);
        keyring.refresh();
        Keyring.Signed fresh = keyring.sign(ONE);

        assertThat(fresh.keyId()).isEqualTo("k2");
        assertThat(keyring.verify(ONE, old)).isTrue();
        assertThat(keyring.verify(ONE, fresh)).isTrue();
        assertThat(keyring.verify(OTHER, old)).isFalse();
        assertThat(keyring.verify(ONE, new Keyring.Signed("k1", fresh.bytes()))).isFalse();
        assertThat(new Keyring(parent.resolve("others"), true).verify(ONE, old)).isFalse();
    }

    @Test
    void checksSignaturesWithAPublicKeyAlone() throws IOException {
        Keyring keyring = keyring();
        Keyring.Signed signed = keyring.sign(ONE);
        Keyring.rotate(directory, KeyKind.SIGNING);
        Files.delete(directory.resolve("signing-k1.key"));

        assertThat(keyring().verify(ONE, signed)).isTrue();
    }

    @Test
    void refusesASigningKeyWithAnothersPublicKey() throws IOException {
        keyring();
        Keyring.rotate(directory, KeyKind.SIGNING);
        Files.delete(directory.resolve("signing-k1.pub"));
        Files.copy(directory.resolve("signing-k2.pub"), directory.resolve("signing-k1.pub"));

        assertThatThrownBy(this::keyring)
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("signing-k1.key");
    }

    @Test
    void readsKeysInTheFormThatOpensslWrites() throws IOException {
        keyring();
        for (String each : List.of("key", "pub")) {
            Path file = directory.resolve("signing-k1." + each);
            String kind = each.equals("key") ? "PRIVATE KEY" : "PUBLIC KEY";
            Files.writeString(
                    file, "-----BEGIN " + kind + "-----\n" + Files.readString(file) + "-----END " + kind + "-----\n");
        }
        Keyring keyring = keyring();

        assertThat(keyring.verify(ONE, keyring.sign(ONE))).isTrue();
    }

    @Test
    void showsKeyMaterialNeitherInLogsNorInTexts() throws IOException {
        List<String> seen = new ArrayList<>();
        Handler handler = recording(seen);
        Logger logger = Logger.getLogger("");
        logger.addHandler(handler);
        try {
            Keyring keyring = keyring();
            Keyring.rotate(directory, KeyKind.HMAC);
            keyring.refresh();
            Files.writeString(directory.resolve("hmac-k3.key"), "none");
            keyring.refresh();
            seen.add(keyring.toString());
            seen.add(String.valueOf(new Secret(ONE)));
            seen.add(String.valueOf(new KeyFiles(directory)));
        } finally {
            logger.removeHandler(handler);
        }

        assertThat(seen).hasSizeGreaterThan(3);
        for (String material : material()) {
            assertThat(seen).noneMatch(each -> each.contains(material));
        }
    }

    /** Returns each key in the forms that a careless line could show it in. */
    private List<String> material() throws IOException {
        List<String> material = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".key")).toList()) {
                String text = Files.readString(file).strip();
                if (text.length() > 8) {
                    byte[] key = Base64.getDecoder().decode(text);
                    material.addAll(List.of(text, Arrays.toString(key), hex(key)));
                }
            }
        }
        assertThat(material).hasSizeGreaterThanOrEqualTo(12);
        return material;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static Handler recording(List<String> seen) {
        return new Handler() {
            @Override
            public void publish(LogRecord line) {
                seen.add(line.getMessage()
                        + (line instanceof ExtLogRecord ext ? ext.getMdcCopy() : "")
                        + line.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @Test
    void comparesSecretsByTheirBytes() {
        assertThat(new Secret(ONE)).isEqualTo(new Secret(ONE)).isNotEqualTo(new Secret(OTHER));
        assertThat(Keyring.same("hmac:k1:a", "hmac:k1:a")).isTrue();
        assertThat(Keyring.same("hmac:k1:a", "hmac:k1:b")).isFalse();
    }
}
