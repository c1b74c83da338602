package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.ManualExecutor;
import dev.weir.fixture.ManualTicker;
import dev.weir.fixture.MapStateStore;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.RecordContext;
import dev.weir.servable.Lane;
import dev.weir.servable.Servable;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The signature behind a record. */
class DeployedSignaturesTest {

    private static final VersionRef IRIS = new VersionRef("iris", "1");

    @TempDir
    Path directory;

    private final ServingState state = new ServingState();
    private final MapStateStore store = new MapStateStore();
    private final ServedSignatures served = new ServedSignatures(store);
    private final DeployedSignatures signatures = new DeployedSignatures(state, served);

    private Servable serve() {
        Servable servable = new Servable(
                Artifacts.in(directory).promising(FakeModel.SIGNATURE).holding(new byte[] {1}),
                FakeModel.echo(),
                () -> {});
        Lane lane = new Lane(servable, 1, 1, new ManualExecutor(), new ManualTicker());
        Snapshots.apply(
                state,
                Snapshots.deployment(
                        Snapshots.spec("flowers", Disclosure.FULL, servable.ref()),
                        FakeModel.SIGNATURE,
                        Map.of(servable.ref(), lane)));
        return servable;
    }

    private static RecordContext context(VersionRef version, String digest) {
        return new RecordContext(
                "flowers", "sha256:0", null, null, "primary", VariantRole.PRIMARY, version, digest, "test", "default");
    }

    @Test
    void shouldKnowVersionsThatServe() {
        Servable served = serve();

        assertThat(signatures.signature(context(served.ref(), served.artifact().digest())))
                .isEqualTo(served.signature());
    }

    @Test
    void shouldNotKnowOtherBytesUnderTheSameName() {
        Servable served = serve();

        assertThat(signatures.signature(context(served.ref(), "sha256:other"))).isNull();
    }

    @Test
    void shouldKnowVersionsThatServed() {
        Servable gone = serve();
        served.note(state.current());
        Snapshots.apply(state);

        assertThat(signatures.signature(context(gone.ref(), gone.artifact().digest())))
                .isEqualTo(gone.signature());
    }

    @Test
    void shouldKnowThemAfterARestart() {
        Servable gone = serve();
        served.note(state.current());

        DeployedSignatures next = new DeployedSignatures(new ServingState(), new ServedSignatures(store));

        assertThat(next.signature(context(gone.ref(), gone.artifact().digest())))
                .isEqualTo(gone.signature());
    }

    @Test
    void shouldNotKnowVersionsThatNeverServed() {
        assertThat(signatures.signature(context(IRIS, "sha256:0"))).isNull();
    }
}
