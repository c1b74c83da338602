package dev.weir.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ConfigurationRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void numbersEachStartOfAReplica() {
        assertThat(new ReplicaIncarnation(store).number()).isEqualTo(1);
        assertThat(new ReplicaIncarnation(store).number()).isEqualTo(2);
        store.close();
        open();
        assertThat(new ReplicaIncarnation(store).number()).isEqualTo(3);
    }
}
