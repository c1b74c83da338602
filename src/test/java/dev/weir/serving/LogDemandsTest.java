package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Disclosure;
import dev.weir.deployment.ServingState;
import dev.weir.deployment.Snapshots;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.LogSettings;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.Overflow;
import dev.weir.predictionlog.Redaction;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a deployment may ask of the log. */
class LogDemandsTest {

    private static final LogSettings LOG = LogSettings.in(Path.of("log"));

    private static LogPolicy policy(int maxPayload, Overflow overflow, Durability durability, String retention) {
        return new LogPolicy(Capture.FULL, 1, maxPayload, overflow, durability, null, Map.of(), retention);
    }

    private static List<String> problems(LogPolicy policy, LogSettings settings) {
        return LogDemands.problems("iris", policy, settings);
    }

    @Test
    void shouldTakeWhatIsAskedForByDefault() {
        assertThat(problems(LogPolicy.DEFAULT, LOG)).isEmpty();
        assertThat(problems(LogPolicy.DEFAULT, LOG.switchedOff())).isEmpty();
    }

    @Test
    void shouldRefuseSyncOnADiskThatDoesNotOutliveTheProcess() {
        LogPolicy sync = policy(100, Overflow.DROP, Durability.SYNC, "default");

        assertThat(problems(sync, LOG)).isEmpty();
        assertThat(problems(sync, LOG.onEphemeralDisk()))
                .singleElement()
                .asString()
                .contains("'iris'", "durability: sync", "weir.predictions.ephemeral");
    }

    @Test
    void shouldRefuseGuaranteesOfALogThatIsSwitchedOff() {
        assertThat(problems(policy(100, Overflow.DROP, Durability.SYNC, "default"), LOG.switchedOff()))
                .singleElement()
                .asString()
                .contains("durability: sync", "weir.predictions.enabled");
        assertThat(problems(policy(100, Overflow.REJECT, Durability.ASYNC, "default"), LOG.switchedOff()))
                .singleElement()
                .asString()
                .contains("overflow: reject");
    }

    @Test
    void shouldRefuseARetentionClassThatNobodyDefined() {
        assertThat(problems(policy(100, Overflow.DROP, Durability.ASYNC, "legal"), LOG))
                .singleElement()
                .asString()
                .contains("no class 'legal'");
    }

    @Test
    void shouldRefusePayloadsThatHardlyFindRoom() {
        int buffer = (int) LOG.buffer().asLongValue();

        assertThat(problems(policy(buffer / 4, Overflow.DROP, Durability.ASYNC, "default"), LOG))
                .isEmpty();
        assertThat(problems(policy(buffer / 4 + 1, Overflow.DROP, Durability.ASYNC, "default"), LOG))
                .singleElement()
                .asString()
                .contains("maxPayload");
    }

    @Test
    void shouldRefuseFilesThatAskForWhatTheLogOrThePromiseLacks() {
        ServingState state = new ServingState();
        VersionRef iris = new VersionRef("iris", "1");
        Snapshots.apply(
                state,
                Snapshots.deployment(Snapshots.spec("flowers", Disclosure.FULL, iris), FakeModel.SIGNATURE, Map.of()));
        LogPolicy classless = policy(100, Overflow.DROP, Durability.ASYNC, "legal");
        LogPolicy featureless = new LogPolicy(
                Capture.FULL,
                1,
                100,
                Overflow.DROP,
                Durability.ASYNC,
                null,
                Map.of("nowhere", Redaction.DROP),
                "default");

        assertThat(new LogDemands(state, LOG)
                        .problems(List.of(
                                Snapshots.recorded("flowers", featureless, iris),
                                Snapshots.recorded("herbs", classless, iris))))
                .containsExactly(
                        "deployment 'flowers': spec.log.features: the model has no feature 'nowhere'",
                        "deployment 'herbs': spec.log.retention: weir.predictions.retention has no class 'legal'");
    }
}
