package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.Overflow;
import dev.weir.predictionlog.Redaction;
import dev.weir.predictionlog.SubjectSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a deployment file may say of its record. */
class LogSectionTest {

    private static final DeploymentFiles FILES = new DeploymentFiles(new FixedConfig(Path.of("nowhere")));

    private static String file(String section) {
        return """
                apiVersion: weir.dev/v1
                kind: ModelDeployment
                metadata:
                  name: iris
                spec:
                  model: iris
                  version: "1"
                """ + section.indent(2);
    }

    private static LogPolicy read(String section) {
        return FILES.parse(file(section)).log();
    }

    private static List<String> problems(String section) {
        return catchThrowableOfType(ConfigurationRejected.class, () -> read(section))
                .problems();
    }

    @Test
    void shouldRecordByDefaultWhenNothingIsSaid() {
        assertThat(read("")).isEqualTo(LogPolicy.DEFAULT);
    }

    @Test
    void shouldReadAllThatMayBeSaid() {
        LogPolicy policy = read("""
                log:
                  capture: inputs
                  sample: 0.25
                  maxPayload: 1MiB
                  overflow: reject
                  durability: sync
                  subject: {header: X-Customer}
                  features: {age: keep, email: hash, name: drop}
                  retention: legal
                """);

        assertThat(policy)
                .isEqualTo(new LogPolicy(
                        Capture.INPUTS,
                        0.25,
                        1 << 20,
                        Overflow.REJECT,
                        Durability.SYNC,
                        new SubjectSource.Header("X-Customer"),
                        Map.of("age", Redaction.KEEP, "email", Redaction.HASH, "name", Redaction.DROP),
                        "legal"));
    }

    @Test
    void shouldRatherRefuseThanAnswerWithoutARecordWhenAnswersWaitForTheDisk() {
        assertThat(read("log: {durability: sync}").overflow()).isEqualTo(Overflow.REJECT);
    }

    @Test
    void shouldTakeAWholeNumberForAShare() {
        assertThat(read("log: {sample: 1}").sample()).isEqualTo(1);
    }

    @Test
    void shouldReadASubjectThatIsAFeature() {
        assertThat(read("log: {subject: {feature: customer}}").subject())
                .isEqualTo(new SubjectSource.Feature("customer"));
    }

    @ParameterizedTest
    @CsvSource({"512B, 512", "64KiB, 65536", "0B, 0", "64MiB, 67108864"})
    void shouldReadSizes(String text, int bytes) {
        assertThat(read("log: {maxPayload: " + text + "}").maxPayload()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "capture: all | spec.log.capture",
                "sample: 0 | spec.log.sample",
                "sample: 1.5 | spec.log.sample",
                "sample: .nan | no valid YAML",
                "maxPayload: 64KB | spec.log.maxPayload",
                "maxPayload: 65MiB | spec.log.maxPayload",
                "maxPayload: 999999999MiB | spec.log.maxPayload",
                "overflow: wait | spec.log.overflow",
                "durability: fsync | spec.log.durability",
                "durability: sync, overflow: drop | spec.log.overflow",
                "subject: {} | spec.log.subject",
                "subject: {header: a, feature: b} | spec.log.subject",
                "subject: {header: 'a b'} | spec.log.subject",
                "features: {age: mask} | spec.log.features",
                "retention: 'a b' | spec.log.retention",
                "surprise: 1 | surprise",
            })
    void shouldRefuseWhatMeansNothing(String line, String blamed) {
        assertThat(problems("log: {" + line + "}")).singleElement().asString().contains(blamed);
    }

    @Test
    void shouldNameAllMistakesAtOnce() {
        assertThat(problems("log: {capture: all, overflow: wait, durability: fsync}"))
                .hasSize(3);
    }
}
