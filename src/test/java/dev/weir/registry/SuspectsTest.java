package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.FixedRegistryConfig;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapModelSource;
import dev.weir.inference.VersionRef;
import dev.weir.servable.LoadGate;
import dev.weir.servable.LoadGuard;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the reconciler treats versions that may have killed a process before. */
@Timeout(180)
class SuspectsTest {

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final Set<VersionRef> suspects = new HashSet<>();
    private final List<VersionRef> forgiven = new CopyOnWriteArrayList<>();
    private final List<String> events = new CopyOnWriteArrayList<>();

    /** Two versions that are no suspects meet here, which takes that they load at the same time. */
    private final CyclicBarrier together = new CyclicBarrier(2);

    private Reconciler reconciler() {
        LoadGuard guard = new LoadGuard() {
            @Override
            public Permit admit(ModelArtifact artifact) {
                return Permit.NONE;
            }

            @Override
            public boolean isSuspect(VersionRef ref) {
                return suspects.contains(ref);
            }

            @Override
            public void forgive(VersionRef ref) {
                forgiven.add(ref);
            }
        };
        FakeFormat format = new FakeFormat(artifact -> {
            VersionRef ref = artifact.manifest().ref();
            events.add("begin " + ref.version());
            if (!suspects.contains(ref)) {
                meet();
            }
            events.add("end " + ref.version());
            return FakeModel.echo();
        });
        ServableBoard board = new ServableBoard();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        InstantSource clock = InstantSource.fixed(Instant.EPOCH);
        LoadGate gate = new LoadGate(
                List.of(format),
                List.of(guard),
                board,
                meters,
                clock,
                new ManualTicker(),
                FixedComputeConfig.warmingUp(0));
        return new Reconciler(source, gate, board, meters, clock, new FixedRegistryConfig(directory));
    }

    private void meet() {
        try {
            together.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("nobody else loads", e);
        }
    }

    private List<Demand> demands(String... versions) {
        return Stream.of(versions)
                .map(version -> {
                    source.put(Artifacts.in(directory.resolve(version))
                            .format("fake")
                            .promising(FakeModel.SIGNATURE)
                            .version("m", version)
                            .holding(new byte[] {1}));
                    return new Demand(new VersionRef("m", version), Map.of(), "");
                })
                .toList();
    }

    private void load(Predicate<VersionRef> again, String... versions) {
        Reconciler reconciler = reconciler();
        reconciler.load(demands(versions), source.list(), again, Runnable::run);
        reconciler.tried(ref -> true).join();
    }

    @Test
    void shouldLoadSuspectsOneByOneAfterAllOthers() {
        suspects.add(new VersionRef("m", "1"));
        suspects.add(new VersionRef("m", "2"));

        load(ref -> false, "1", "2", "3", "4");

        assertThat(events).hasSize(8).endsWith("begin 1", "end 1", "begin 2", "end 2");
    }

    @Test
    void shouldForgiveWhatAnOperatorWantsTriedAgain() {
        load(ref -> true, "1", "2");

        assertThat(forgiven).containsExactlyInAnyOrder(new VersionRef("m", "1"), new VersionRef("m", "2"));
    }

    @Test
    void shouldForgiveNothingByItself() {
        load(ref -> false, "1", "2");

        assertThat(forgiven).isEmpty();
    }
}
