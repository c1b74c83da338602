package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.VariantRole;
import dev.weir.routing.Share;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariantsSectionTest {

    private static final DeploymentFiles FILES = new DeploymentFiles(new FixedConfig(Path.of("nowhere")));

    private static DeploymentSpec read(String lines) {
        return FILES.parse("""
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata: {name: churn}
                spec:
                  model: churn
                """ + lines.indent(2));
    }

    private static List<String> problems(String lines) {
        return catchThrowableOfType(ConfigurationRejected.class, () -> read(lines))
                .problems();
    }

    private static VariantSpec variant(String name, String version, VariantRole role, int points) {
        return new VariantSpec(name, VersionChoice.of(version, "version"), role, new Share(points));
    }

    @Test
    void shouldReadACanary() {
        assertThat(read("version: '1'\ncanary: {version: '@challenger', percent: 0.01}")
                        .variants())
                .containsExactly(
                        variant("primary", "1", VariantRole.PRIMARY, 10_000),
                        variant("canary", "@challenger", VariantRole.CANARY, 1));
    }

    @Test
    void shouldGiveThePrimaryWhatTheArmsLeave() {
        assertThat(read("version: '1'\nab:\n  b: {version: '2', percent: 30}\n  c: {version: '3', percent: 12.5}")
                        .variants())
                .containsExactly(
                        variant("primary", "1", VariantRole.PRIMARY, 5_750),
                        variant("b", "2", VariantRole.ARM, 3_000),
                        variant("c", "3", VariantRole.ARM, 1_250));
    }

    @Test
    void shouldReadAListThatSaysTheSameWithThePrimaryAnywhere() {
        DeploymentSpec list = read("""
                variants:
                  - {name: b, version: '2', role: arm, percent: 30}
                  - {name: primary, version: '1', role: primary, percent: 70}
                  - {name: canary, version: '3', role: canary, percent: 5}
                  - {name: standby-4, version: '4', role: standby}
                """);

        assertThat(list.variants())
                .containsExactlyElementsOf(List.of(
                        variant("primary", "1", VariantRole.PRIMARY, 7_000),
                        variant("b", "2", VariantRole.ARM, 3_000),
                        variant("canary", "3", VariantRole.CANARY, 500),
                        variant("standby-4", "4", VariantRole.STANDBY, 0)));
        assertThat(list.assignment().arms())
                .isEqualTo(read("version: '1'\nab: {b: {version: '2', percent: 30}}")
                        .assignment()
                        .arms());
    }

    @Test
    void shouldReadHowRequestsFindTheirVariants() {
        assertThat(read("version: '1'\nsticky: {header: X-Customer}\nsalt: churn-2026\nreserve: 200ms")
                        .traffic())
                .isEqualTo(new Traffic(new Stickiness.ByHeader("X-Customer"), "churn-2026", Duration.ofMillis(200)));
        assertThat(read("version: '1'\nsticky: {feature: customer}").traffic().sticky())
                .isEqualTo(new Stickiness.ByFeature("customer"));
        assertThat(read("version: '1'\nsticky: {caller: true}").traffic().sticky())
                .isEqualTo(new Stickiness.ByCaller());
        assertThat(read("version: '1'").traffic()).isEqualTo(Traffic.of("churn"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "canary: {version: '2', percent: 0.001} | spec.canary.percent: a share has at most two decimals",
                "canary: {version: '2', percent: 101} | spec.canary.percent: a share is 0 to 100 percent",
                "canary: {version: '2', percent: '5'} | percent",
                "canary: {version: '2'} | spec.canary.percent is missing",
                "canary: {percent: 5} | spec.canary.version is missing",
                "canary: {version: '1', percent: 5} | distinct names and versions",
                "ab: {b: {version: '2', percent: 60}, c: {version: '3', percent: 41}} | more than 100 percent together",
                "ab: {} | spec.ab must have 1 to 100 arms",
                "ab: {'a b': {version: '2', percent: 1}} | spec.ab.a b",
                "ab: {primary: {version: '2', percent: 1}} | distinct names and versions",
                "sticky: {} | spec.sticky",
                "sticky: {caller: false} | spec.sticky",
                "sticky: {header: a, feature: b} | spec.sticky",
                "sticky: {header: 'a b'} | spec.sticky",
                "salt: 'a b' | spec.salt",
                "reserve: 5s | spec.reserve",
                "reserve: soon | spec.reserve",
                "variants: [] | spec.variants",
            })
    void shouldRefuseWhatMeansNothing(String line, String blamed) {
        assertThat(problems("version: '1'\n" + line))
                .anySatisfy(problem -> assertThat(problem).contains(blamed));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{name: a, version: '1', role: primary}, {name: b, version: '2', role: arm, percent: 1}] | 100 percent together",
                "[{name: a, version: '1', role: primary, percent: 99}] | 100 percent together",
                "[{name: a, version: '1', role: arm, percent: 100}] | exactly one primary",
                "[{name: a, version: '1', role: primary}, {name: b, version: '2', role: shadow, percent: 1}] | spec.variants[1].role",
                "[{name: a, version: '1', role: primary}, {name: b, version: '2', role: standby, percent: 1}] | spec.variants[1].percent",
                "[{name: a, version: '1', role: primary}, {version: '2', role: standby}] | spec.variants[1].name",
                "[{name: a, version: '1', role: primary}, {name: b, version: '2', role: canary, percent: 1}, {name: c, version: '3', role: canary, percent: 1}] | at most one canary",
            })
    void shouldRefuseAListThatMeansNothing(String list, String blamed) {
        assertThat(problems("variants: " + list))
                .anySatisfy(problem -> assertThat(problem).contains(blamed));
    }
}
