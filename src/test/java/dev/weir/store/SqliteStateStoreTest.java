package dev.weir.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStateStoreTest extends StateStoreContract {

    @TempDir
    Path directory;

    private SqliteStateStore store;

    @BeforeEach
    void open() {
        store = new SqliteStateStore(directory.resolve("new/state"), NOON);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    StateStore store() {
        return store;
    }

    @Test
    void remembersAcrossStarts() throws Exception {
        StateStore.Entry written = store.put("kind", "key", "1", StateStore.ABSENT);
        store.close();
        open();
        assertThat(store.get("kind", "key")).isEqualTo(written);
    }

    @Test
    void refusesADirectoryItCannotUse() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        assertThatThrownBy(() -> new SqliteStateStore(file, NOON))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessageContaining("weir.state.directory")
                .hasMessageNotContaining(directory.toString());
    }

    @Test
    void numbersEachStartOfAReplicaByItsTimeAndHigherThanTheLast() {
        InstantSource later = InstantSource.offset(NOON, Duration.ofMinutes(1));

        long first = new ReplicaIncarnation(store, NOON).number();
        assertThat(first).isEqualTo(NOON.instant().getEpochSecond());
        assertThat(new ReplicaIncarnation(store, NOON).number()).isEqualTo(first + 1);
        store.close();
        open();
        assertThat(new ReplicaIncarnation(store, later).number()).isEqualTo(first + 60);
        // A clock that was set back.
        assertThat(new ReplicaIncarnation(store, NOON).number()).isEqualTo(first + 61);
    }

    @Test
    void takesNoFormerNumberForAStartAfterTheDatabaseWasLost() throws IOException {
        long before = new ReplicaIncarnation(store, NOON).number();
        store.close();
        try (Stream<Path> files = Files.list(directory.resolve("new/state"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.delete(file);
            }
        }
        open();

        assertThat(new ReplicaIncarnation(store, InstantSource.offset(NOON, Duration.ofSeconds(1))).number())
                .isGreaterThan(before);
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void saysWhenTheDiskIsFull() throws Exception {
        Connection connection = SqliteStateStore.connect(directory);
        SqliteStateStore full = new SqliteStateStore(connection, NOON);
        StateStore.Entry before = full.put("kind", "key", "1", StateStore.ABSENT);
        execute(connection, "PRAGMA max_page_count = 1");

        assertThatThrownBy(() -> full.put("kind", "key", "2".repeat(100_000), before.revision()))
                .isInstanceOf(IllegalStateException.class);

        assertThat(full.get("kind", "key")).isEqualTo(before);
        full.close();
    }

    @Test
    void saysWhenTheCommitFailed() throws Exception {
        Connection connection = SqliteStateStore.connect(directory);
        SqliteStateStore failing = new SqliteStateStore(connection, NOON);
        StateStore.Entry before = failing.put("kind", "key", "1", StateStore.ABSENT);
        execute(
                connection,
                "PRAGMA foreign_keys = ON",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
                "CREATE TABLE child (parent REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)",
                "CREATE TRIGGER orphan AFTER UPDATE ON entry BEGIN INSERT INTO child VALUES (1); END");

        assertThatThrownBy(() -> failing.put("kind", "key", "2", before.revision()))
                .isInstanceOf(IllegalStateException.class);

        assertThat(failing.get("kind", "key")).isEqualTo(before);
        failing.close();
    }

    @Test
    void refusesAStateOfANewerWeir() throws Exception {
        Connection connection = SqliteStateStore.connect(directory);
        execute(connection, "PRAGMA user_version = 2");
        connection.close();

        assertThatThrownBy(() -> new SqliteStateStore(directory, NOON))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.state.directory: the state database there is of a newer Weir"
                        + " (schema 2; this one knows 1)");
    }

    @Test
    void takesAStateThatHasNoSchemaNumberYet() throws Exception {
        Connection connection = SqliteStateStore.connect(directory);
        StateStore.Entry entry = new SqliteStateStore(connection, NOON).put("kind", "key", "1", StateStore.ABSENT);
        execute(connection, "PRAGMA user_version = 0");
        connection.close();

        SqliteStateStore reopened = new SqliteStateStore(directory, NOON);

        assertThat(reopened.get("kind", "key")).isEqualTo(entry);
        reopened.close();
    }

    @Test
    void refusesToStartAReplicaThatCannotRemember() throws Exception {
        Connection connection = SqliteStateStore.connect(directory);
        execute(connection, "PRAGMA query_only = ON");
        SqliteStateStore readOnly = new SqliteStateStore(connection, NOON);

        assertThatThrownBy(() -> new ReplicaIncarnation(readOnly, NOON))
                .isInstanceOf(ConfigurationRejected.class)
                .hasMessage("weir.state.directory: the state database there can't be read or written");
        readOnly.close();
    }
}
