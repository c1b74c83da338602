package dev.weir.predictionlog.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.ListLog;
import dev.weir.fixture.Records;
import dev.weir.inference.PredictionId;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.RecordQuery;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.SubjectEraser.Evidence;
import dev.weir.predictionlog.SubjectEraser.Result;
import dev.weir.predictionlog.Subjects;
import dev.weir.store.SqliteStateStore;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErasureTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final PredictionId ID = new PredictionId(new UUID(NOON.toEpochMilli() << 16 | 0x7000, 1L << 63));
    private static final byte[] PAYLOAD = {1, 2, 3};

    @TempDir
    Path directory;

    private Keyring keyring;
    private Subjects subjects;
    private SubjectKeys keys;
    private SqliteStateStore store;
    private LegalHolds holds;
    private LogReader log = new ListLog();

    @BeforeEach
    void open() {
        keyring = new Keyring(directory.resolve("keys"), true);
        subjects = new Subjects(keyring);
        keys = new SubjectKeys(directory.resolve("subjects.db"), keyring, InstantSource.fixed(NOON));
        store = new SqliteStateStore(directory, InstantSource.fixed(NOON));
        holds = new LegalHolds(store, InstantSource.fixed(NOON));
    }

    @AfterEach
    void close() {
        keys.close();
        store.close();
    }

    private Erasure erasure(SubjectEraser... places) {
        return new Erasure(subjects, keys, holds, log, List.of(places), InstantSource.fixed(NOON));
    }

    private static Erasure.Erased erase(Erasure erasure, String subject) {
        return erasure.erase(erasure.keysOf(subject, null), "asked to", "ann");
    }

    @Test
    void reachesRecordsUnderEveryKeyVersion() {
        String old = subjects.key("ada");
        byte[] first = keys.seal(ID, old, PAYLOAD);
        Keyring.rotate(directory.resolve("keys"), KeyKind.HMAC);
        keyring.refresh();
        byte[] second = keys.seal(ID, subjects.key("ada"), PAYLOAD);

        Erasure.Erased erased = erase(erasure(), "ada");

        assertThat(erased.subjectKeys()).containsExactly(subjects.key("ada"), old);
        assertThat(erased.evidence().getFirst().result()).isEqualTo(Result.KEY_DESTROYED);
        assertThat(erased.evidence().getFirst().count()).isEqualTo(2);
        assertThat(keys.open(ID, old, first)).isNull();
        assertThat(keys.open(ID, subjects.key("ada"), second)).isNull();
    }

    @Test
    void saysWhenThereWasNothing() {
        assertThat(erase(erasure(), "ada").evidence().getFirst().result()).isEqualTo(Result.NOTHING_KEPT);
    }

    @Test
    void asksEveryPlaceEvenAfterOneFailed() {
        Evidence deleted = new Evidence("warehouse", Result.DELETED, 3, null);
        SubjectEraser fails = any -> {
            throw new IllegalStateException("down");
        };

        assertThat(erase(erasure(fails, any -> List.of(deleted)), "ada").evidence())
                .hasSize(3)
                .contains(deleted)
                .anyMatch(each -> each.result() == Result.FAILED);
    }

    @Test
    void namesTheHoldThatForbidsIt() {
        byte[] sealed = keys.seal(ID, subjects.key("ada"), PAYLOAD);
        LegalHold hold = holds.place(List.of(subjects.key("ada")), null, null, null, "case 7", "ann");

        assertThatThrownBy(() -> erase(erasure(), "ada"))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.CONFLICT))
                .hasMessageContaining(hold.id());
        assertThat(keys.open(ID, subjects.key("ada"), sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void erasesWhomNoHoldCovers() {
        holds.place(List.of(subjects.key("ada")), null, null, null, "case 7", "ann");

        assertThat(erase(erasure(), "bob").evidence()).isNotEmpty();
    }

    /** A log of which a page looks at one entry alone, whether it is wanted or not. */
    private static final class SlowLog extends ListLog {

        private int pages;

        @Override
        public Page search(RecordQuery query, @Nullable String cursor, int limit) {
            pages++;
            Page next = super.search(RecordQuery.ALL, cursor, 1);
            return new Page(
                    next.entries().stream()
                            .filter(each -> query.matches(each.entry()))
                            .toList(),
                    next.next());
        }
    }

    private SlowLog slowLog(int others) {
        SlowLog slow = new SlowLog();
        for (int i = 0; i < others; i++) {
            slow.add(Records.draft(i).about("hmac:k1:somebody").build());
        }
        log = slow;
        return slow;
    }

    @Test
    void findsARecordThatAHoldOnADeploymentCoversBehindAnyNumberOfOthers() {
        slowLog(3_000).add(Records.draft(3_001).about(subjects.key("ada")).build());
        byte[] sealed = keys.seal(ID, subjects.key("ada"), PAYLOAD);
        LegalHold hold = holds.place(List.of(), "iris", null, null, "case 7", "ann");

        assertThatThrownBy(() -> erase(erasure(), "ada"))
                .isInstanceOf(RequestRejected.class)
                .hasMessageContaining(hold.id());
        assertThat(keys.open(ID, subjects.key("ada"), sealed)).isEqualTo(PAYLOAD);
    }

    /** It gave up after so many entries, and took the hold for one that covers the subject. */
    @Test
    void erasesWhomAHoldOnADeploymentDoesNotCoverHoweverManyItDoes() {
        SlowLog slow = slowLog(3_000);
        holds.place(List.of(), "iris", null, null, "case 7", "ann");

        assertThat(erase(erasure(), "ada").evidence()).isNotEmpty();
        assertThat(slow.pages).isEqualTo(3_000);
    }

    @Test
    void looksAtAHoldThatIsPlacedMeanwhileToo() {
        holds.place(List.of(), "iris", null, null, "case 7", "ann");
        String ada = subjects.key("ada");
        log = new ListLog() {
            @Override
            public Page search(RecordQuery query, @Nullable String cursor, int limit) {
                holds.place(List.of(ada), null, null, null, "case 8", "ann");
                return super.search(query, cursor, limit);
            }
        };

        assertThatThrownBy(() -> erase(erasure(), "ada"))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.CONFLICT));
    }

    private void rotate() {
        Keyring.rotate(directory.resolve("keys"), KeyKind.HMAC);
        keyring.refresh();
    }

    /** The hold had the key of its time alone, and no word was said of what a later key stands for. */
    @Test
    void keepsWhomAHoldCoversWhenTheKeyWasRotatedSince() {
        LegalHold hold = holds.place(subjects.keys("ada"), null, null, null, "case 7", "ann");
        rotate();
        String later = subjects.key("ada");
        byte[] sealed = keys.seal(ID, later, PAYLOAD);
        Erasure erasure = erasure();

        assertThatThrownBy(() -> erasure.erase(erasure.keysOf(null, later), "asked to", "ann"))
                .isInstanceOfSatisfying(
                        RequestRejected.class, e -> assertThat(e.code()).isEqualTo(FailureCode.CONFLICT))
                .hasMessageContaining(hold.id())
                .hasMessageContaining("erase by subject");
        assertThatThrownBy(() -> erase(erasure, "ada"))
                .isInstanceOf(RequestRejected.class)
                .hasMessageContaining("covers records of this subject");
        assertThat(keys.open(ID, later, sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void keepsWhomAHoldCoversByALaterKeyWhenAnEarlierIsToBeErased() {
        String earlier = subjects.key("ada");
        byte[] sealed = keys.seal(ID, earlier, PAYLOAD);
        rotate();
        holds.place(List.of(subjects.key("ada")), null, null, null, "case 7", "ann");
        Erasure erasure = erasure();

        assertThatThrownBy(() -> erasure.erase(List.of(earlier), "asked to", "ann"))
                .isInstanceOf(RequestRejected.class);
        assertThat(keys.open(ID, earlier, sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void erasesWhomNoHoldCoversByNameAlsoAfterTheKeyWasRotated() {
        holds.place(subjects.keys("ada"), null, null, null, "case 7", "ann");
        rotate();

        assertThat(erase(erasure(), "bob").evidence()).isNotEmpty();
    }

    /** Who placed it was told that it holds, and then the key was destroyed all the same. */
    @Test
    void placesNoHoldBetweenTheLastLookAtHoldsAndTheEndOfAnErasure() throws Exception {
        CountDownLatch erasing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean deleted = new AtomicBoolean();
        SubjectEraser slow = any -> {
            erasing.countDown();
            await(goOn);
            deleted.set(true);
            return List.of();
        };
        Erasure erasure = erasure(slow);

        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Erasure.Erased> erased = threads.submit(() -> erase(erasure, "ada"));
            await(erasing);
            AtomicReference<@Nullable Thread> placer = new AtomicReference<>();
            Future<Boolean> deletedBefore = threads.submit(() -> {
                placer.set(Thread.currentThread());
                holds.place(subjects.keys("ada"), null, null, null, "case 7", "ann");
                return deleted.get();
            });
            Awaitility.await().until(() -> deletedBefore.isDone() || isBlocked(placer.get()));
            goOn.countDown();

            assertThat(deletedBefore.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(erased.get(10, TimeUnit.SECONDS).evidence()).isNotEmpty();
        } finally {
            goOn.countDown();
        }
    }

    private static boolean isBlocked(@Nullable Thread thread) {
        return thread != null && thread.getState() == Thread.State.BLOCKED;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void destroysNothingWhileItCannotTellWhetherAHoldCoversTheSubject() {
        byte[] sealed = keys.seal(ID, subjects.key("ada"), PAYLOAD);
        holds.place(List.of(), "iris", null, null, "case 7", "ann");
        log = new ListLog() {
            @Override
            public Page search(RecordQuery query, @Nullable String cursor, int limit) {
                throw new IllegalStateException("the disk is gone");
            }
        };

        assertThatThrownBy(() -> erase(erasure(), "ada")).isInstanceOf(IllegalStateException.class);
        assertThat(keys.open(ID, subjects.key("ada"), sealed)).isEqualTo(PAYLOAD);
    }

    @Test
    void takesASubjectOrItsKeyAndNotBoth() {
        Erasure erasure = erasure();

        assertThat(erasure.keysOf(null, subjects.key("ada"))).containsExactly(subjects.key("ada"));
        assertThatThrownBy(() -> erasure.keysOf("ada", subjects.key("ada"))).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> erasure.keysOf(null, null)).isInstanceOf(RequestRejected.class);
        assertThatThrownBy(() -> erasure.keysOf(null, "ada"))
                .isInstanceOf(RequestRejected.class)
                .hasMessageNotContaining("ada");
        assertThat(Set.copyOf(erasure.keysOf("ada", null))).hasSize(1);
    }
}
