package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapModelSource;
import dev.weir.fixture.States;
import dev.weir.inference.VersionRef;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ServableBoard;
import dev.weir.servable.ServableState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Versions that take too long to arrive, and others that take too long to load. */
@Timeout(60)
class VersionLoadsTest {

    private static final VersionRef REF = new VersionRef("iris", "1");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final ServableBoard board = new ServableBoard();
    private final AtomicInteger loads = new AtomicInteger();
    private final CountDownLatch arrives = new CountDownLatch(1);
    private final CountDownLatch loadEnds = new CountDownLatch(1);
    private volatile Duration limit = SHORT;
    private volatile Instant now = NOW;
    private Reconciler reconciler;

    @BeforeEach
    void open() {
        FakeFormat format = new FakeFormat(artifact -> {
            loads.incrementAndGet();
            pass(loadEnds);
            return FakeModel.echo();
        });
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        LoadGate gate = new LoadGate(
                List.of(format), board, meters, () -> now, new ManualTicker(), FixedComputeConfig.warmingUp(1));
        reconciler = new Reconciler(source, gate, board, meters, () -> now, new Limited(directory, () -> limit));
        ModelArtifact artifact = Artifacts.in(directory)
                .format("fake")
                .version("iris", "1")
                .promising(FakeModel.SIGNATURE)
                .holding(new byte[] {1});
        source.put(REF, () -> {
            pass(arrives);
            return artifact;
        });
    }

    @AfterEach
    void release() {
        arrives.countDown();
        loadEnds.countDown();
    }

    private static void pass(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Limits that a test may change. */
    private record Limited(Path directory, Supplier<Duration> limit) implements RegistryConfig {
        @Override
        public String source() {
            return "directory";
        }

        @Override
        public Duration poll() {
            return Duration.ZERO;
        }

        @Override
        public int parallelLoads() {
            return 1;
        }

        @Override
        public Duration loadTimeout() {
            return limit.get();
        }

        @Override
        public Optional<List<String>> policy() {
            return Optional.empty();
        }
    }

    private void reconcile() {
        reconciler.load(List.of(new Demand(REF, Map.of(), "")), source.list(), ref -> false, Runnable::run);
        reconciler.tried(ref -> true).join();
    }

    private static void awaitNoLoader() {
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("weir-load-" + REF));
    }

    @Test
    void shouldSayThatAVersionWasNotFetchedInTime() {
        reconcile();

        assertThat(board.get(REF))
                .satisfies(States.isFailed(
                        NOW,
                        "the version was not fetched within 500 ms (weir.registry.load-timeout); it is tried again"));
    }

    @Test
    void shouldTryAgainByItselfWhatWasNotFetchedInTime() {
        reconcile();
        arrives.countDown();
        loadEnds.countDown();
        awaitNoLoader();
        limit = Duration.ofMinutes(1);
        now = NOW.plus(Failures.FIRST_PAUSE);

        reconcile();

        assertThat(board.get(REF)).isInstanceOf(ServableState.Available.class);
    }

    @Test
    void shouldNotTryAgainBeforeThePauseIsOver() {
        reconcile();
        arrives.countDown();
        awaitNoLoader();

        reconcile();

        assertThat(source.reads()).isEqualTo(1);
    }

    @Test
    void shouldNotBeginAnotherTryWhileTheFirstStillFetches() {
        reconcile();
        now = NOW.plus(Duration.ofDays(1));

        reconcile();

        assertThat(source.reads()).isEqualTo(1);
        assertThat(board.get(REF))
                .satisfies(States.isFailed(
                        now, "an earlier try, which took too long, has not ended yet; it is tried again"));
    }

    @Test
    void shouldNotLoadWhatArrivesTooLate() {
        reconcile();

        arrives.countDown();
        awaitNoLoader();

        assertThat(loads).hasValue(0);
    }

    @Test
    void shouldNotTryAgainByItselfWhatWasNotLoadedInTime() {
        arrives.countDown();
        reconcile();
        loadEnds.countDown();
        awaitNoLoader();
        now = NOW.plus(Duration.ofDays(1));

        reconcile();

        assertThat(loads).hasValue(1);
        assertThat(board.get(REF))
                .satisfies(
                        States.isFailed(NOW, "the version was not loaded within 500 ms (weir.registry.load-timeout)"));
    }
}
