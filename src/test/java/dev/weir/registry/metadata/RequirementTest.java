package dev.weir.registry.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.registry.metadata.MetadataValue.Numeric;
import dev.weir.registry.metadata.MetadataValue.Text;
import dev.weir.registry.metadata.Requirement.Compared;
import dev.weir.registry.metadata.Requirement.Operand;
import dev.weir.registry.metadata.Requirement.Operator;
import dev.weir.registry.metadata.Requirement.Present;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequirementTest {

    @ParameterizedTest
    @CsvSource({
        "lineage.git_commit, lineage.code.revision",
        "lineage.training_data, lineage.training_data.reference",
        "lineage.run_id, lineage.run.id",
        "lineage.environment, lineage.environment",
        "lineage.environment.scikit-learn, lineage.environment.scikit-learn",
        "metrics.auc, lineage.metrics.auc",
        "metrics, lineage.metrics",
        "lineage.code.revision, lineage.code.revision",
        "golden, golden"
    })
    void shouldKnowFieldsByTheirPathsAndShortNames(String text, String path) {
        assertThat(Requirement.parse(text)).isInstanceOfSatisfying(Present.class, present -> assertThat(
                        present.field().path())
                .isEqualTo(path));
    }

    @ParameterizedTest
    @CsvSource({
        "metrics.auc>=0.9, AT_LEAST, 0.9",
        "metrics.auc >= .9, AT_LEAST, 0.9",
        "metrics.auc <= 1e-3, AT_MOST, 0.001",
        "metrics.auc > -1, ABOVE, -1",
        "metrics.auc < +1., BELOW, 1",
        "golden = 3, EQUAL, 3",
        "lineage.training_data.rows != 0, UNEQUAL, 0"
    })
    void shouldReadThresholds(String text, Operator operator, double number) {
        assertThat(Requirement.parse(text)).isInstanceOfSatisfying(Compared.class, compared -> {
            assertThat(compared.operator()).isEqualTo(operator);
            assertThat(compared.operand()).isEqualTo(new Operand.Literal(new Numeric(number)));
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lineage.project = fraud | fraud",
                "lineage.project=\"fraud and \\\"more\\\"\" | fraud and \"more\"",
                "lineage.project = \"@home\" | @home",
                "lineage.git_commit != 1234567 | 1234567"
            })
    void shouldReadTexts(String text, String wanted) {
        assertThat(Requirement.parse(text))
                .isInstanceOfSatisfying(Compared.class, compared -> assertThat(compared.operand())
                        .isEqualTo(new Operand.Literal(new Text(wanted))));
    }

    @Test
    void shouldReadAliases() {
        assertThat(Requirement.parse(" metrics.auc >= @champion "))
                .isEqualTo(new Compared(
                        MetadataField.named("metrics.auc"), Operator.AT_LEAST, new Operand.OfAlias("champion")));
    }

    @Test
    void shouldReadNamesThatNeedQuotes() {
        assertThat(Requirement.parse("metrics.\"log loss\" < 0.3").field().path())
                .isEqualTo("lineage.metrics.log loss");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | character 1: a field's name is expected",
                "lineage.gitcommit | character 1: there is no field 'lineage.gitcommit'",
                "metrics. | character 1: there is no field 'lineage.metrics.'",
                "metrics.auc is 0.9 | character 13: one of = != >= <= > < is expected",
                "metrics.auc >= | character 15: something to compare with is expected",
                "metrics.auc >= high | character 16: a number or an @alias is expected",
                "metrics.auc >= NaN | character 16: a number or an @alias is expected",
                "metrics.auc >= 1e999 | character 16: a number or an @alias is expected",
                "metrics.auc >= 0.9 or more | character 20: nothing may follow",
                "metrics.auc >= @ | character 16: @ is followed by the name of an alias, or quote the text",
                "lineage.author >= 3 | character 16: 'lineage.author' is text, which only = and != compare",
                "lineage = x | character 9: 'lineage' has no value to compare; name a field in it",
                "lineage.author = \"ada | character 18: the quote is not closed",
                "lineage.author = \"\" | character 18: a text that is not blank is expected",
                "lineage.author = \"a\\n\" | character 20: \\ is followed by \" or \\"
            })
    void shouldSayWhereTheMistakeIs(String text, String problem) {
        assertThatThrownBy(() -> Requirement.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lineage.git_commit",
                "metrics.auc >= 0.9",
                "metrics.auc >= @champion",
                "lineage.project = \"a b\"",
                "metrics.\"log loss\" < 0.3"
            })
    void shouldWriteWhatItRead(String text) {
        assertThat(Requirement.parse(text)).hasToString(text);
    }

    @Property
    void shouldReadAgainWhatItWrote(@ForAll("requirements") Requirement requirement) {
        assertThat(Requirement.parse(requirement.toString())).isEqualTo(requirement);
    }

    @Property
    void shouldRefuseNoTextInAnyOtherWay(@ForAll("texts") String text) {
        try {
            Requirement.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("(?s)character \\d+: .+");
        }
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> part = Arbitraries.of(
                "metrics.",
                "auc",
                "lineage.author",
                "golden",
                " ",
                ">=",
                "=",
                "!",
                "<",
                "0.9",
                "\"",
                "\\",
                "@",
                "x",
                ".");
        return Arbitraries.oneOf(part.list().ofMaxSize(8).map(parts -> String.join("", parts)), Arbitraries.strings());
    }

    @Provide
    Arbitrary<Requirement> requirements() {
        Arbitrary<String> anything = Arbitraries.strings().ofMinLength(1).ofMaxLength(30);
        Arbitrary<MetadataField> numbers = anything.map(name -> MetadataField.named("metrics." + name));
        Arbitrary<MetadataField> texts = anything.map(name -> MetadataField.named("lineage.environment." + name));
        Arbitrary<Operand> number =
                Arbitraries.doubles().map(each -> new Operand.Literal(new Numeric(each == 0 ? 0 : each)));
        Arbitrary<Operand> text =
                anything.filter(each -> !each.isBlank()).map(each -> new Operand.Literal(new Text(each)));
        Arbitrary<Operand> alias =
                Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(20).map(Operand.OfAlias::new);
        return Arbitraries.oneOf(
                numbers.map(Present::new),
                Combinators.combine(numbers, Arbitraries.of(Operator.class), Arbitraries.oneOf(number, alias))
                        .as(Compared::new),
                Combinators.combine(
                                texts, Arbitraries.of(Operator.EQUAL, Operator.UNEQUAL), Arbitraries.oneOf(text, alias))
                        .as(Compared::new));
    }
}
