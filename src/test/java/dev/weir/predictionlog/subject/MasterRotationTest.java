package dev.weir.predictionlog.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.inference.PredictionId;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterRotationTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final PredictionId ID = new PredictionId(new UUID(NOON.toEpochMilli() << 16 | 0x7000, 1L << 63));
    private static final byte[] PAYLOAD = {1, 2, 3};
    private static final int SUBJECTS = 25;
    private static final int AT_ONCE = 4;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<byte[]> sealed = new ArrayList<>();

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
        return new SubjectKeys(file(), keyring, InstantSource.fixed(NOON.plusSeconds(1)));
    }

    private Path file() {
        return directory.resolve("log/subjects.db");
    }

    private static String subject(int number) {
        return "hmac:k1:subject-" + number;
    }

    private void sealAll(int count) {
        keys.prepare(Stream.iterate(0, i -> i + 1)
                .limit(count)
                .map(MasterRotationTest::subject)
                .toList());
        for (int i = 0; i < count; i++) {
            sealed.add(keys.seal(ID, subject(i), PAYLOAD));
        }
    }

    private void rotate() {
        Keyring.rotate(directory.resolve("keys"), KeyKind.MASTER);
        keyring.refresh();
    }

    private void removeOldMaster() throws IOException {
        Files.delete(directory.resolve("keys/master-k1.key"));
        keyring.refresh();
    }

    /** Forgets what is in memory, so that every key comes from the file. */
    private void reopen() {
        keys.close();
        keys = keys();
    }

    /** Does it once, and says how many are left. */
    private long run() {
        try (MasterRotation rotation = new MasterRotation(keys, keyring, Duration.ofDays(1), AT_ONCE, meters)) {
            rotation.run();
            return rotation.left();
        }
    }

    private void assertAllOpen() {
        for (int i = 0; i < sealed.size(); i++) {
            assertThat(keys.open(ID, subject(i), sealed.get(i))).isEqualTo(PAYLOAD);
        }
    }

    private void sql(String statement) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var execute = connection.createStatement()) {
            execute.execute(statement);
        }
    }

    @Test
    void shouldNeedNoOldMasterKeyOnceItIsDone() throws IOException {
        sealAll(SUBJECTS);
        rotate();

        assertThat(run()).isZero();

        removeOldMaster();
        reopen();
        assertAllOpen();
    }

    @Test
    void shouldDoItByItselfAndTellHowManyAreLeft() {
        sealAll(SUBJECTS);
        try (MasterRotation rotation = new MasterRotation(keys, keyring, Duration.ofMillis(10), AT_ONCE, meters)) {
            rotate();

            await().until(() -> keys.outdated() == 0 && rotation.left() == 0);
        }
        assertThat(meters.get("weir.subject.keys.old").gauge().value()).isZero();
    }

    @Test
    void shouldChangeNothingWhenItIsDoneAgain() throws IOException {
        sealAll(SUBJECTS);
        rotate();
        run();
        byte[] before = Files.readAllBytes(file());

        assertThat(run()).isZero();

        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @Test
    void shouldMakeNoFileWhereThereIsNone() {
        rotate();

        assertThat(run()).isZero();
        assertThat(file()).doesNotExist();
    }

    @Test
    void shouldLeaveNoByteOfAKeyAsItWasClosedBefore() throws Exception {
        sealAll(SUBJECTS);
        String old;
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                var select = connection.createStatement()) {
            old = text(select.executeQuery("SELECT wrapped FROM data_key").getBytes(1));
        }
        assertThat(files()).contains(old);
        rotate();

        run();

        assertThat(files()).doesNotContain(old);
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
    void shouldLeaveEveryKeyReadableAndGoOnAfterTheDiskFailedInTheMiddle() throws Exception {
        sealAll(SUBJECTS);
        rotate();
        sql("CREATE TRIGGER fails BEFORE UPDATE ON data_key WHEN (SELECT count(*) FROM data_key WHERE master = 2) >= 10"
                + " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");

        assertThatThrownBy(this::run).isInstanceOf(IllegalStateException.class);
        assertThat(keys.outdated()).isEqualTo(SUBJECTS - 8); // two whole writes
        reopen();
        assertAllOpen();

        sql("DROP TRIGGER fails");
        assertThat(run()).isZero();
        removeOldMaster();
        reopen();
        assertAllOpen();
    }

    @Test
    void shouldNotBringBackTheKeyOfASubjectThatIsForgottenMeanwhile() {
        sealAll(SUBJECTS);
        rotate();
        SubjectKeys.Closed batch = keys.closeAnew(null, AT_ONCE);
        List<String> forgotten = List.of(subject(0), subject(7), subject(SUBJECTS - 1));

        assertThat(keys.destroy(forgotten)).isEqualTo(3);
        while (!batch.isLast()) {
            batch = keys.closeAnew(batch.lastId(), AT_ONCE);
        }
        reopen();

        assertThat(keys.outdated()).isZero();
        assertThat(keys.open(ID, subject(0), sealed.get(0))).isNull();
        assertThat(keys.open(ID, subject(7), sealed.get(7))).isNull();
        assertThat(keys.open(ID, subject(SUBJECTS - 1), sealed.getLast())).isNull();
        assertThat(keys.destroy(forgotten)).isZero();
    }

    @Test
    void shouldKeepFromNoneOfTheOthersWhatOneCannotDo() throws SQLException {
        sealAll(SUBJECTS);
        sql("UPDATE data_key SET wrapped = substr(wrapped, 1, length(wrapped) - 1) || x'00' WHERE subject = '"
                + subject(3) + "'");
        rotate();

        assertThat(run()).isOne();
        reopen();
        assertThat(keys.open(ID, subject(4), sealed.get(4))).isEqualTo(PAYLOAD);
    }

    @Test
    void shouldLeaveEveryKeyReadableWhenItIsKilled() throws Exception {
        sealAll(2_000);
        rotate();
        keys.close();
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RotatingChild.class.getName(),
                        file().toString(),
                        directory.resolve("keys").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !child.isAlive()
                            || Files.readString(directory.resolve("output"))
                                            .chars()
                                            .filter(each -> each == '#')
                                            .count()
                                    > 50);
            assertThat(child.isAlive())
                    .as(Files.readString(directory.resolve("output")))
                    .isTrue();
        } finally {
            child.destroyForcibly(); // SIGKILL
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        keys = keys();

        assertThat(keys.outdated()).isBetween(1L, 1_999L);
        assertAllOpen();
        assertThat(run()).isZero();
        removeOldMaster();
        reopen();
        assertAllOpen();
    }
}
