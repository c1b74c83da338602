package dev.weir.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every {@link StateStore} keeps to. */
abstract class StateStoreContract {

    static final InstantSource NOON = InstantSource.fixed(Instant.parse("2026-01-02T12:00:00Z"));

    /** Returns the store under test, empty. */
    abstract StateStore store();

    @Test
    void hasNothingBeforeItIsWritten() {
        assertThat(store().get("kind", "key")).isNull();
        assertThat(store().list("kind")).isEmpty();
    }

    @Test
    void returnsWhatWasWritten() throws Exception {
        StateStore.Entry written = store().put("kind", "key", "värde", StateStore.ABSENT);
        assertThat(written.writtenAt()).isEqualTo(NOON.instant());
        assertThat(store().get("kind", "key")).isEqualTo(written);
    }

    @Test
    void listsANamespaceByKey() throws Exception {
        store().put("kind", "b", "2", StateStore.ABSENT);
        store().put("other", "c", "3", StateStore.ABSENT);
        store().put("kind", "a", "1", StateStore.ABSENT);
        assertThat(store().list("kind")).extracting(StateStore.Entry::key).containsExactly("a", "b");
    }

    @Test
    void numbersWritesInOrder() throws Exception {
        StateStore.Entry first = store().put("kind", "a", "1", StateStore.ABSENT);
        StateStore.Entry second = store().put("other", "b", "1", StateStore.ABSENT);
        StateStore.Entry third = store().put("kind", "a", "2", first.revision());
        assertThat(first.revision()).isPositive().isLessThan(second.revision());
        assertThat(third.revision()).isGreaterThan(second.revision());
    }

    @Test
    void refusesToCreateWhatExists() throws Exception {
        store().put("kind", "key", "1", StateStore.ABSENT);
        assertThatThrownBy(() -> store().put("kind", "key", "2", StateStore.ABSENT))
                .isInstanceOf(StateStore.StaleRevision.class);
        assertThat(store().get("kind", "key").value()).isEqualTo("1");
    }

    @Test
    void refusesToReplaceFromOldKnowledge() throws Exception {
        StateStore.Entry first = store().put("kind", "key", "1", StateStore.ABSENT);
        store().put("kind", "key", "2", first.revision());
        assertThatThrownBy(() -> store().put("kind", "key", "3", first.revision()))
                .isInstanceOf(StateStore.StaleRevision.class);
        assertThat(store().get("kind", "key").value()).isEqualTo("2");
    }

    @Test
    void letsOneOfManyRacingWritersWinEachRevision() throws Exception {
        Set<Long> revisions = ConcurrentHashMap.newKeySet();
        store().put("kind", "key", "0", StateStore.ABSENT);
        try (ExecutorService writers = Executors.newFixedThreadPool(4)) {
            for (int writer = 0; writer < 4; writer++) {
                writers.execute(() -> {
                    for (int wins = 0; wins < 25; ) {
                        StateStore.Entry now = store().get("kind", "key");
                        try {
                            String next = Integer.toString(Integer.parseInt(now.value()) + 1);
                            revisions.add(store().put("kind", "key", next, now.revision())
                                    .revision());
                            wins++;
                        } catch (StateStore.StaleRevision e) {
                            // another writer was first; read again
                        }
                    }
                });
            }
        }
        assertThat(store().get("kind", "key").value()).isEqualTo("100");
        assertThat(new HashSet<>(revisions)).hasSize(100);
    }
}
