package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeFormat;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.ManualTicker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What guards are told of a load, in which order. */
class LoadGuardsTest {

    @TempDir
    Path directory;

    private final List<String> told = new ArrayList<>();
    private RuntimeException failure;
    private boolean refusing;

    private LoadGuard guard(String name) {
        return artifact -> {
            told.add(name + " asked");
            if (refusing && name.equals("second")) {
                throw ArtifactRejected.forNow("no room");
            }
            return new LoadGuard.Permit() {
                @Override
                public void loaded() {
                    told.add(name + " loaded");
                }

                @Override
                public void gone() {
                    told.add(name + " gone");
                }
            };
        };
    }

    private Servable load() {
        FakeFormat format = new FakeFormat(artifact -> {
            told.add("load");
            if (failure != null) {
                throw failure;
            }
            return FakeModel.echo();
        });
        LoadGate gate = new LoadGate(
                List.of(format),
                List.of(guard("first"), guard("second")),
                new ServableBoard(),
                new SimpleMeterRegistry(),
                InstantSource.fixed(Instant.EPOCH),
                new ManualTicker(),
                FixedComputeConfig.warmingUp(0));
        return gate.load(Artifacts.in(directory)
                .format("fake")
                .promising(FakeModel.SIGNATURE)
                .holding(new byte[] {1}));
    }

    @Test
    void shouldHearOfAVersionsWholeLife() {
        Servable servable = load();
        servable.drain();

        assertThat(told)
                .containsExactly(
                        "first asked",
                        "second asked",
                        "load",
                        "first loaded",
                        "second loaded",
                        "first gone",
                        "second gone");
    }

    @Test
    void shouldHearThatALoadFailed() {
        failure = new ArtifactRejected("torn");

        assertThatThrownBy(this::load).hasMessage("torn");

        assertThat(told).containsExactly("first asked", "second asked", "load", "first gone", "second gone");
    }

    @Test
    void shouldKeepAVersionFromBeingLoaded() {
        refusing = true;

        assertThatThrownBy(this::load).hasMessage("no room");

        assertThat(told).containsExactly("first asked", "second asked", "first gone");
    }
}
