package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.MapStateStore;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Acceptance;
import dev.weir.registry.Listing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptedVersionsTest {

    private static final VersionRef ONE = new VersionRef("iris", "1");
    private static final VersionRef TWO = new VersionRef("iris", "2");
    private static final List<String> BETTER = List.of("metrics.auc >= @champion");
    private static final ModelSignature PROMISE = new ModelSignature(
            List.of(new TensorSpec(
                    "x",
                    DataType.FP32,
                    ShapePattern.of(-1, 2),
                    List.of("width", "height"),
                    List.of(),
                    TensorSpec.NonFinite.NAN)),
            List.of(new TensorSpec("y", DataType.INT64, ShapePattern.of(-1), List.of(), List.of("no", "yes"), false)),
            true);
    private static final Listing LISTING = Listing.of(Map.of(ONE, "m1", TWO, "m2"), Map.of());

    private final MapStateStore store = new MapStateStore();
    private final DeploymentSpec spec = Snapshots.spec("flowers", Disclosure.FULL, ONE);

    private Acceptance afterARestart() {
        return new AcceptedVersions(store).of(spec, BETTER, LISTING);
    }

    @Test
    void shouldKnowNothingAtFirst() {
        assertThat(afterARestart()).isEqualTo(Acceptance.NONE);
    }

    @Test
    void shouldRememberOverARestartTheNewestFirst() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        accepted.note(spec, BETTER, ONE, "m1", PROMISE);
        accepted.note(spec, BETTER, TWO, "m2", PROMISE);

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(TWO, ONE), true));
    }

    @Test
    void shouldRememberAVersionOnce() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        accepted.note(spec, BETTER, ONE, "m1", PROMISE);
        accepted.note(spec, BETTER, TWO, "m2", PROMISE);
        accepted.note(spec, BETTER, ONE, "m1", PROMISE);

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(ONE, TWO), true));
    }

    @Test
    void shouldRememberOverARestartWhatWasPromised() {
        new AcceptedVersions(store).note(spec, BETTER, ONE, "m1", PROMISE);

        assertThat(new AcceptedVersions(store).promise(spec)).isEqualTo(new AcceptedVersions.Promise(ONE, PROMISE));
    }

    @Test
    void shouldRememberWhatIsPromisedWithTheLastVersionOnly() {
        ModelSignature scalar = new ModelSignature(
                List.of(TensorSpec.of("a", DataType.BYTES)), List.of(TensorSpec.of("b", DataType.BOOL)), false);
        AcceptedVersions accepted = new AcceptedVersions(store);
        accepted.note(spec, BETTER, ONE, "m1", PROMISE);
        accepted.note(spec, BETTER, TWO, "m2", scalar);

        assertThat(new AcceptedVersions(store).promise(spec)).isEqualTo(new AcceptedVersions.Promise(TWO, scalar));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"promise\": null", ", \"promise\": \"{}\"", ", \"promise\": \"null\""})
    void shouldKnowTheVersionsEvenIfNoPromiseCanBeRead(String promise) throws Exception {
        store.put("accepted", "flowers", """
                {"model": "iris", "comparisons": ["metrics.auc >= @champion"],
                 "versions": [{"version": "1", "mark": "m1"}]%s}
                """.formatted(promise), 0);

        assertThat(new AcceptedVersions(store).promise(spec)).isNull();
        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(ONE), true));
    }

    @Test
    void shouldTellWhenItWasComparedOtherwise() {
        new AcceptedVersions(store).note(spec, List.of(), ONE, "m1", PROMISE);

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(ONE), false));
    }

    @Test
    void shouldForgetWhatWasComparedOtherwiseOnceSomethingIsAccepted() {
        new AcceptedVersions(store).note(spec, List.of(), ONE, "m1", PROMISE);
        new AcceptedVersions(store).note(spec, BETTER, TWO, "m2", PROMISE);

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(TWO), true));
    }

    @Test
    void shouldNotTakeOtherFilesForWhatWasAccepted() {
        new AcceptedVersions(store).note(spec, BETTER, ONE, "others", PROMISE);

        assertThat(afterARestart().versions()).isEmpty();
    }

    @Test
    void shouldNotTakeAnotherModelsVersions() {
        new AcceptedVersions(store)
                .note(
                        Snapshots.spec("flowers", Disclosure.FULL, new VersionRef("wine", "1")),
                        BETTER,
                        new VersionRef("wine", "1"),
                        "m1",
                        PROMISE);

        assertThat(afterARestart()).isEqualTo(Acceptance.NONE);
    }

    @Test
    void shouldRememberSoManyOnly() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        Map<VersionRef, String> all = new HashMap<>();
        for (int i = 0; i <= AcceptedVersions.MAX_VERSIONS; i++) {
            VersionRef ref = new VersionRef("iris", "v" + i);
            all.put(ref, "m");
            accepted.note(spec, BETTER, ref, "m", PROMISE);
        }

        assertThat(new AcceptedVersions(store)
                        .of(spec, BETTER, Listing.of(all, Map.of()))
                        .versions())
                .hasSize(AcceptedVersions.MAX_VERSIONS)
                .doesNotContain(new VersionRef("iris", "v0"));
    }

    @Test
    void shouldRememberAsLongAsItLivesWhatCannotBeWritten() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        store.breakDown();
        accepted.note(spec, BETTER, ONE, "m1", PROMISE);

        assertThat(accepted.of(spec, BETTER, LISTING)).isEqualTo(new Acceptance(List.of(ONE), true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{",
                "{}",
                "{\"model\": \"iris\", \"comparisons\": [], \"versions\": [{}]}",
                "{\"model\": \"iris\", \"comparisons\": [], \"versions\": [{\"version\": \"../x\"}]}"
            })
    void shouldStartWithoutWhatIsDamaged(String value) throws Exception {
        store.put("accepted", "flowers", value, 0);

        assertThat(afterARestart()).isEqualTo(Acceptance.NONE);
    }
}
