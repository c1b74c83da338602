package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.MapModelSource;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelArtifact;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands before a registry on another machine. */
class CachedModelSourceTest {

    private static final VersionRef REF = new VersionRef("iris", "1");
    private static final Revocation WHY = new Revocation("ada", Instant.EPOCH, "leaked labels");

    @TempDir
    Path directory;

    private final MapModelSource remote = new MapModelSource();
    private final AtomicInteger asked = new AtomicInteger();
    private @Nullable Description described;
    private boolean senseless;
    private ArtifactCache cache;
    private CachedModelSource source;

    @BeforeEach
    void open() {
        cache = ArtifactCache.open(directory.resolve("cache"), 1 << 20, InstantSource.system());
        source = new CachedModelSource(new Remote(), cache, new SimpleMeterRegistry(), InstantSource.system());
    }

    @AfterEach
    void close() {
        cache.close();
    }

    /** Fetches from memory, and describes as the test says. */
    private final class Remote implements RemoteModelSource {
        @Override
        public String identity() {
            return "memory";
        }

        @Override
        public Listing list() {
            if (senseless) {
                throw new IllegalStateException("a version without a name");
            }
            return remote.list();
        }

        @Override
        public ModelArtifact fetch(VersionRef ref) {
            return remote.fetch(ref);
        }

        @Override
        public Description describe(VersionRef ref) {
            asked.incrementAndGet();
            Description now = described;
            if (now == null) {
                throw new RegistryUnavailable("down", null);
            }
            return now;
        }

        @Override
        public boolean publish(Publication publication) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void revoke(VersionRef ref, Revocation revocation) {
            if (!list().holds(ref)) { // which fails while it is down
                throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "no such version", "version");
            }
            remote.revoke(ref, revocation);
        }

        @Override
        public void delete(VersionRef ref) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void moveAlias(String model, AliasMove move) {
            remote.moveAlias(model, move);
        }

        @Override
        public List<AliasMove> aliasHistory(String model) {
            asked.incrementAndGet();
            return remote.aliasHistory(model);
        }
    }

    private void goDown() {
        remote.breakDown();
        assertThatThrownBy(source::list).isInstanceOf(RegistryUnavailable.class);
    }

    private ModelArtifact artifact() {
        return Artifacts.in(directory.resolve("iris")).version("iris", "1").holding(new byte[] {1});
    }

    private static Description unread(@Nullable Long bytes) {
        return new Description(Metadata.ofUnread("onnx", "", bytes, Lineage.UNKNOWN), null);
    }

    @Test
    void shouldNotFetchWhatTheRegistryDescribes() {
        described = unread(7L);

        assertThat(source.describe(REF).metadata().text("bytes")).isEqualTo("7");
        assertThat(remote.reads()).isZero();
    }

    @Test
    void shouldFetchWhereTheRegistryDoesNotKnowTheSize() {
        described = unread(null);
        remote.put(artifact());

        assertThat(source.describe(REF).isWhole()).isTrue();
    }

    @Test
    void shouldNotWaitForARegistryThatIsDownOnceForEachVersion() {
        described = unread(7L);
        goDown();

        assertThatThrownBy(() -> source.describe(REF))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("the registry is down");
        assertThatThrownBy(() -> source.knownHistory("iris")).isInstanceOf(RegistryUnavailable.class);
        assertThat(asked).hasValue(0);
    }

    @Test
    void shouldTellTheHistoryThatItKnowsWithoutAskingARegistryThatIsDown() {
        AliasMove first = new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first");
        remote.note("iris", first);
        source.list();
        source.aliasHistory("iris");
        asked.set(0);
        goDown();

        assertThat(source.knownHistory("iris")).containsExactly(first);
        assertThat(asked).hasValue(0);
    }

    @Test
    void shouldKnowOfAMoveAtAStartWithoutTheRegistry() {
        AliasMove first = new AliasMove("champion", null, "1", "ada", Instant.EPOCH, "first");
        remote.put(artifact());
        source.list();
        source.moveAlias("iris", first);
        goDown();

        assertThat(afterARestart().lastKnownHistory("iris")).containsExactly(first);
    }

    @Test
    void shouldAskAgainOnceTheRegistryCanBeRead() {
        described = unread(7L);
        goDown();
        remote.repair();
        source.list();

        assertThat(source.describe(REF).metadata().text("bytes")).isEqualTo("7");
        assertThat(asked).hasValue(1);
    }

    private void knowAVersionAndGoDown() {
        remote.put(artifact());
        source.list();
        goDown();
    }

    private CachedModelSource afterARestart() {
        return new CachedModelSource(new Remote(), cache, new SimpleMeterRegistry(), InstantSource.system());
    }

    @Test
    void shouldRevokeAVersionHereWhileTheRegistryIsDown() {
        knowAVersionAndGoDown();

        source.revoke(REF, WHY);

        assertThat(source.lastKnown().revocation(REF)).isEqualTo(WHY);
        assertThat(source.isUntold(REF)).isTrue();
    }

    @Test
    void shouldRememberOverARestartWhatTheRegistryWasNotTold() {
        knowAVersionAndGoDown();
        source.revoke(REF, WHY);

        assertThat(afterARestart().lastKnown().revocation(REF)).isEqualTo(WHY);
        assertThat(afterARestart().isUntold(REF)).isTrue();
    }

    @Test
    void shouldTellTheRegistryOfARevocationOnceItCanBeRead() {
        knowAVersionAndGoDown();
        source.revoke(REF, WHY);
        remote.repair();

        Listing read = source.list();

        assertThat(read.revocation(REF)).isEqualTo(WHY);
        assertThat(remote.list().revocation(REF)).isEqualTo(WHY);
        assertThat(source.isUntold(REF)).isFalse();
    }

    @Test
    void shouldHeedTheRevocationThatTheRegistryHasAlready() {
        knowAVersionAndGoDown();
        source.revoke(REF, WHY);
        Revocation first = new Revocation("bob", Instant.EPOCH, "wrong labels");
        remote.revoke(REF, first);
        remote.repair();

        assertThat(source.list().revocation(REF)).isEqualTo(first);
        assertThat(afterARestart().lastKnown().revocation(REF)).isEqualTo(first);
    }

    @Test
    void shouldNotRevokeAVersionThatItNeverKnewWhileTheRegistryIsDown() {
        knowAVersionAndGoDown();

        assertThatThrownBy(() -> source.revoke(new VersionRef("iris", "2"), WHY))
                .isInstanceOf(RegistryUnavailable.class);
    }

    @Test
    void shouldKnowOfARevocationAtAStartWithoutTheRegistryThoughItWasNotReadSince() {
        remote.put(artifact());
        source.list();
        source.revoke(REF, WHY);
        remote.breakDown();

        assertThat(afterARestart().lastKnown().revocation(REF)).isEqualTo(WHY);
        assertThat(afterARestart().isUntold(REF)).isFalse();
    }

    @Test
    void shouldTakeAnAnswerThatMakesNoSenseForARegistryThatIsDown() {
        remote.put(artifact());
        Listing before = source.list();
        senseless = true;

        assertThatThrownBy(source::list)
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("what the registry answers makes no sense");
        assertThat(source.lastKnown().versions()).isEqualTo(before.versions());
    }

    @Test
    void shouldForgetTheTransferOfAVersionThatIsHere() {
        remote.put(artifact());

        source.fetch(REF);

        assertThat(source.transfers()).isZero();
    }

    @Test
    void shouldForgetTheTransferOfAVersionThatIsNotThere() {
        assertThatThrownBy(() -> source.fetch(REF)).isInstanceOf(ArtifactRejected.class);

        assertThat(source.transfers()).isZero();
    }

    @Test
    @Timeout(60)
    void shouldTransferAVersionForOneAtATime() throws InterruptedException {
        ModelArtifact artifact = artifact();
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch arrives = new CountDownLatch(1);
        remote.put(REF, () -> {
            begun.incrementAndGet();
            try {
                arrives.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return artifact;
        });
        List<Thread> callers = List.of(new Thread(() -> source.fetch(REF)), new Thread(() -> source.fetch(REF)));
        callers.forEach(Thread::start);
        await().untilAsserted(() ->
                assertThat(callers).extracting(Thread::getState).contains(Thread.State.BLOCKED, Thread.State.WAITING));

        assertThat(begun).hasValue(1);

        arrives.countDown();
        for (Thread each : callers) {
            each.join();
        }
        assertThat(begun).hasValue(2);
        assertThat(source.transfers()).isZero();
    }
}
