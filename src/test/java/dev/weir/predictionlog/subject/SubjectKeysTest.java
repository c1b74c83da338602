package dev.weir.predictionlog.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.PredictionId;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubjectKeysTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final byte[] PAYLOAD = "the payload of a record".getBytes(StandardCharsets.UTF_8);
    private static final String ADA = "hmac:k1:ada";
    private static final String BOB = "hmac:k1:bob";
    private static final PredictionId BEFORE = id(NOON.minusSeconds(1), 1);
    private static final PredictionId AFTER = id(NOON.plusSeconds(1), 2);

    @TempDir
    Path directory;

    private Keyring keyring;
    private SubjectKeys keys;

    @BeforeEach
    void open() {
        keyring = new Keyring(directory.resolve("keys"), true);
        keys = keys();
    }

    @AfterEach
    void close() {
        keys.close();
    }

    private SubjectKeys keys() {
        return new SubjectKeys(file(), keyring, InstantSource.fixed(NOON));
    }

    private Path file() {
        return directory.resolve("log/subjects.db");
    }

    private static PredictionId id(Instant at, long random) {
        return new PredictionId(new UUID(at.toEpochMilli() << 16 | 0x7000, 0x8000_0000_0000_0000L | random));
    }

    @Test
    void opensWhatItClosed() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);

        assertThat(text(sealed)).doesNotContain("payload");
        assertThat(keys.open(BEFORE, ADA, sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void leavesAPayloadWithoutSubjectAsItIsAndMakesNoFile() {
        assertThat(keys.open(BEFORE, null, keys.seal(BEFORE, null, PAYLOAD))).isEqualTo(PAYLOAD);
        assertThat(file()).doesNotExist();
    }

    @Test
    void closesEqualPayloadsDifferently() {
        assertThat(keys.seal(BEFORE, ADA, PAYLOAD)).isNotEqualTo(keys.seal(BEFORE, ADA, PAYLOAD));
    }

    @Test
    void opensAcrossStarts() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);
        keys.close();
        keys = keys();

        assertThat(keys.open(BEFORE, ADA, sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void hasTheKeyOnDiskBeforeAnythingIsClosedWithIt() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);

        SubjectKeys another = keys();
        assertThat(another.open(BEFORE, ADA, sealed)).isEqualTo(PAYLOAD);
        another.close();
    }

    @Test
    void opensNothingUnderAnotherIdOrSubject() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);
        byte[] bobs = keys.seal(BEFORE, BOB, PAYLOAD);

        assertThatThrownBy(() -> keys.open(AFTER, ADA, sealed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> keys.open(BEFORE, ADA, bobs)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tellsRecordsFromBeforeAnErasureFromLaterOnes() {
        keys.destroy(List.of(ADA));

        assertThat(keys.isErased(BEFORE, ADA)).isTrue();
        assertThat(keys.isErased(AFTER, ADA)).isFalse();
        assertThat(keys.isErased(BEFORE, BOB)).isFalse();
    }

    @Test
    void findsAnEdit() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);
        sealed[sealed.length - 1] ^= 1;

        assertThatThrownBy(() -> keys.open(BEFORE, ADA, sealed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void opensNothingOfASubjectWhoseKeyIsDestroyed() {
        byte[] adas = keys.seal(BEFORE, ADA, PAYLOAD);
        byte[] bobs = keys.seal(BEFORE, BOB, PAYLOAD);

        assertThat(keys.destroy(List.of(ADA, "hmac:k2:ada"))).isEqualTo(1);

        assertThat(keys.open(BEFORE, ADA, adas)).isNull();
        assertThat(keys.open(BEFORE, BOB, bobs)).isEqualTo(PAYLOAD);
        assertThat(keys.destroy(List.of(ADA))).isZero();
    }

    @Test
    void leavesNoByteOfADestroyedKeyInAnyFile() throws Exception {
        keys.prepare(List.of(ADA, BOB));
        byte[] wrapped = wrapped(ADA);
        assertThat(files()).contains(text(wrapped));

        keys.destroy(List.of(ADA));

        assertThat(files()).doesNotContain(text(wrapped)).contains(text(wrapped(BOB)));
    }

    private byte[] wrapped(String subject) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var select = connection.prepareStatement("SELECT wrapped FROM data_key WHERE subject = ?")) {
            select.setString(1, subject);
            return select.executeQuery().getBytes(1);
        }
    }

    private String files() throws IOException {
        StringBuilder all = new StringBuilder();
        try (var files = Files.list(directory.resolve("log"))) {
            for (Path each : files.toList()) {
                all.append(text(Files.readAllBytes(each)));
            }
        }
        return all.toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void erasesARecordOfBeforeThatIsWrittenOnlyAfterwards() {
        keys.destroy(List.of(ADA));

        assertThat(keys.open(BEFORE, ADA, keys.seal(BEFORE, ADA, PAYLOAD))).isNull();
    }

    @Test
    void givesALaterRequestOfAnErasedSubjectANewKey() {
        byte[] old = keys.seal(BEFORE, ADA, PAYLOAD);
        keys.destroy(List.of(ADA));

        byte[] fresh = keys.seal(AFTER, ADA, PAYLOAD);

        assertThat(keys.open(AFTER, ADA, fresh)).isEqualTo(PAYLOAD);
        assertThat(keys.open(BEFORE, ADA, old)).isNull();
    }

    @Test
    void knowsMoreSubjectsThanItKeepsInMemory() {
        byte[] first = keys.seal(BEFORE, ADA, PAYLOAD);
        keys.prepare(IntStream.range(0, 12_000).mapToObj(i -> "hmac:k1:" + i).toList());

        assertThat(keys.open(BEFORE, ADA, first)).isEqualTo(PAYLOAD);
    }

    @Test
    void opensAfterTheMasterKeyWasRotated() {
        byte[] sealed = keys.seal(BEFORE, ADA, PAYLOAD);
        keys.close();
        Keyring.rotate(directory.resolve("keys"), KeyKind.MASTER);
        keyring.refresh();
        keys = keys();

        assertThat(keys.open(BEFORE, ADA, sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void refusesToStartWithoutTheMasterKeyThatItsKeysNeed() throws IOException {
        keys.prepare(List.of(ADA));
        keys.close();
        Keyring.rotate(directory.resolve("keys"), KeyKind.MASTER);
        Files.delete(directory.resolve("keys/master-k1.key"));
        keyring.refresh();

        assertThatThrownBy(this::keys).isInstanceOf(ConfigurationRejected.class).hasMessageContaining("master-k1.key");
    }

    @Test
    void refusesToCloseWhatItHasNoDurableKeyFor() throws IOException {
        Files.createDirectories(file());

        assertThatThrownBy(() -> keys.seal(BEFORE, ADA, PAYLOAD)).isInstanceOf(IllegalStateException.class);
    }
}
