package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixture.MapStateStore;
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
        accepted.note(spec, BETTER, ONE, "m1");
        accepted.note(spec, BETTER, TWO, "m2");

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(TWO, ONE), true));
    }

    @Test
    void shouldRememberAVersionOnce() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        accepted.note(spec, BETTER, ONE, "m1");
        accepted.note(spec, BETTER, TWO, "m2");
        accepted.note(spec, BETTER, ONE, "m1");

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(ONE, TWO), true));
    }

    @Test
    void shouldTellWhenItWasComparedOtherwise() {
        new AcceptedVersions(store).note(spec, List.of(), ONE, "m1");

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(ONE), false));
    }

    @Test
    void shouldForgetWhatWasComparedOtherwiseOnceSomethingIsAccepted() {
        new AcceptedVersions(store).note(spec, List.of(), ONE, "m1");
        new AcceptedVersions(store).note(spec, BETTER, TWO, "m2");

        assertThat(afterARestart()).isEqualTo(new Acceptance(List.of(TWO), true));
    }

    @Test
    void shouldNotTakeOtherFilesForWhatWasAccepted() {
        new AcceptedVersions(store).note(spec, BETTER, ONE, "others");

        assertThat(afterARestart().versions()).isEmpty();
    }

    @Test
    void shouldNotTakeAnotherModelsVersions() {
        new AcceptedVersions(store)
                .note(
                        Snapshots.spec("flowers", Disclosure.FULL, new VersionRef("wine", "1")),
                        BETTER,
                        new VersionRef("wine", "1"),
                        "m1");

        assertThat(afterARestart()).isEqualTo(Acceptance.NONE);
    }

    @Test
    void shouldRememberSoManyOnly() {
        AcceptedVersions accepted = new AcceptedVersions(store);
        Map<VersionRef, String> all = new HashMap<>();
        for (int i = 0; i <= AcceptedVersions.MAX_VERSIONS; i++) {
            VersionRef ref = new VersionRef("iris", "v" + i);
            all.put(ref, "m");
            accepted.note(spec, BETTER, ref, "m");
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
        accepted.note(spec, BETTER, ONE, "m1");

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
