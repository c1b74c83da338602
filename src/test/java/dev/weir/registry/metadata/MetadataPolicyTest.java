package dev.weir.registry.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.fixture.Described;
import dev.weir.registry.metadata.Requirement.Bar;
import dev.weir.servable.Lineage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataPolicyTest {

    private static final Metadata FULL = Metadata.of(Described.manifest(Described.FULL));

    private static final Metadata BARE = Metadata.of(Described.manifest(Lineage.UNKNOWN));

    private static final Function<String, @Nullable Bar> NO_BAR = alias -> null;

    private static Metadata auc(double auc) {
        return Metadata.of(Described.manifest(Described.metrics(Map.of("auc", auc))));
    }

    private static List<String> unmet(Metadata metadata, Function<String, @Nullable Bar> bars, String... demands) {
        return MetadataPolicy.parse(Arrays.asList(demands), "policy").unmet(metadata, bars).stream()
                .map(MetadataPolicy.Unmet::why)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lineage",
                "lineage.git_commit",
                "lineage.training_data",
                "lineage.training_data.sha256",
                "lineage.training_data.rows >= 150",
                "lineage.run_id",
                "lineage.author = ada",
                "lineage.author != bob",
                "lineage.project = fraud",
                "lineage.created_at",
                "lineage.environment",
                "lineage.environment.scikit-learn = 1.9.1",
                "metrics.auc",
                "metrics.auc >= 0.9",
                "metrics.auc <= 0.91",
                "metrics.auc = 0.91",
                "metrics.\"log loss\" < 0.3",
                "format = onnx",
                "bytes <= 1000",
                "session.execution_provider = cpu",
                "session.deterministic = false"
            })
    void shouldBeMet(String demand) {
        assertThat(unmet(FULL, NO_BAR, demand)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "golden | golden is missing",
                "golden >= 1 | golden is missing",
                "description | description is missing",
                "metrics.f1 | metrics.f1 is missing",
                "metrics.f1 != 0 | metrics.f1 is missing",
                "metrics.auc > 0.91 | metrics.auc is 0.91, not > 0.91",
                "metrics.auc >= 0.95 | metrics.auc is 0.91, not >= 0.95",
                "lineage.training_data.rows > 1000 | lineage.training_data.rows is 150, not > 1000",
                "lineage.author = bob | lineage.author is ada, not = bob",
                "lineage.author != ada | lineage.author is ada, not != ada"
            })
    void shouldSayWhatIsWrong(String demand, String why) {
        assertThat(unmet(FULL, NO_BAR, demand)).containsExactly(why);
    }

    @Test
    void shouldNameEverythingThatIsMissingAtOnce() {
        assertThat(unmet(BARE, NO_BAR, "lineage.git_commit", "format = onnx", "metrics.auc >= 0.9", "golden"))
                .containsExactly("lineage.git_commit is missing", "metrics.auc is missing", "golden is missing");
    }

    @Test
    void shouldTakeABlankTextForNone() {
        Lineage blank = new Lineage(null, Map.of(), null, " ", Map.of(), "", null, null);

        assertThat(unmet(Metadata.of(Described.manifest(blank)), NO_BAR, "lineage.run_id", "lineage.author"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void shouldNotTakeForAMetricWhatIsNoFiniteNumber(double auc) {
        assertThat(unmet(auc(auc), NO_BAR, "metrics.auc >= 0.9")).containsExactly("metrics.auc is no finite number");
    }

    @Test
    void shouldCompareWithTheVersionBehindAnAlias() {
        Function<String, @Nullable Bar> champion = alias -> new Bar("7", auc(0.91));

        assertThat(unmet(auc(0.90), champion, "metrics.auc >= @champion"))
                .containsExactly("metrics.auc is 0.9, not >= 0.91, that of version 7 behind @champion");
        assertThat(unmet(auc(0.91), champion, "metrics.auc >= @champion")).isEmpty();
        assertThat(unmet(auc(0.91), champion, "metrics.auc > @champion")).hasSize(1);
    }

    @Test
    void shouldHaveNoBarWithoutAChampionButDemandTheFieldAllTheSame() {
        assertThat(unmet(auc(0.1), NO_BAR, "metrics.auc >= @champion")).isEmpty();
        assertThat(unmet(BARE, NO_BAR, "metrics.auc >= @champion")).containsExactly("metrics.auc is missing");
    }

    @Test
    void shouldHaveNoBarIfTheChampionLacksTheMetric() {
        assertThat(unmet(auc(0.1), alias -> new Bar("7", BARE), "metrics.auc >= @champion"))
                .isEmpty();
    }

    @Test
    void shouldNotBeMetIfTheChampionCannotBeRead() {
        assertThat(unmet(auc(0.99), alias -> new Bar("7", null), "metrics.auc >= @champion"))
                .containsExactly(
                        "metrics.auc can't be compared: the manifest of version 7, behind @champion, can't be read");
    }

    @Test
    void shouldNameEveryMistakeAndItsPlace() {
        assertThat(catchThrowableOfType(
                                ConfigurationRejected.class,
                                () -> MetadataPolicy.parse(List.of("golden", "x", "metrics.auc >="), "spec.policy"))
                        .problems())
                .containsExactly(
                        "spec.policy[1]: character 1: there is no field 'x'",
                        "spec.policy[2]: character 15: something to compare with is expected");
    }

    @Test
    void shouldTellWhichAliasesMatter() {
        assertThat(MetadataPolicy.parse(
                                List.of(
                                        "metrics.auc >= @champion",
                                        "golden",
                                        "metrics.f1 > @champion",
                                        "format = @old"),
                                "policy")
                        .aliases())
                .containsExactly("champion", "old");
    }
}
