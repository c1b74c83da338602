package dev.weir.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void shouldWalkNoStackForFailuresThatStrangersCanCause() {
        assertThat(new RequestRejected(FailureCode.MALFORMED_JSON, "m").getStackTrace())
                .isEmpty();
        assertThat(new Overloaded(FailureCode.QUEUE_FULL, "m", Duration.ofSeconds(1)).getStackTrace())
                .isEmpty();
        assertThat(new PredictionFailed(FailureCode.DEADLINE_EXCEEDED, "m").getStackTrace())
                .isEmpty();
    }

    @Test
    void shouldShowWhereAFaultOfTheServerOrAModelHappened() {
        assertThat(new PredictionFailed(FailureCode.EXECUTION_FAILED, "m", new IllegalStateException()).getStackTrace())
                .isNotEmpty();
        assertThat(new ArtifactRejected("m").getStackTrace()).isNotEmpty();
    }

    @Test
    void shouldKeepTheCauseOutOfThePublicMessage() {
        PredictionFailed failure =
                new PredictionFailed(FailureCode.EXECUTION_FAILED, "the model failed", new IllegalStateException("x"));

        assertThat(failure.publicMessage()).isEqualTo("the model failed");
    }

    @Test
    void shouldPlaceAFieldInsideAnother() {
        RequestRejected inner = new RequestRejected(FailureCode.WRONG_SHAPE, "m", "shape", 3L);

        RequestRejected outer = inner.at("inputs[0]");

        assertThat(outer.field()).isEqualTo("inputs[0].shape");
        assertThat(outer.limit()).isEqualTo(3);
        assertThat(outer.code()).isEqualTo(FailureCode.WRONG_SHAPE);
    }

    @Test
    void shouldPlaceARejectionThatBlamedNoField() {
        assertThat(new RequestRejected(FailureCode.WRONG_SHAPE, "m")
                        .at("inputs[0]")
                        .field())
                .isEqualTo("inputs[0]");
    }

    @Test
    void shouldListEveryProblemOfAConfiguration() {
        ConfigurationRejected rejected = new ConfigurationRejected(List.of("a is missing", "b must be 1"));

        assertThat(rejected.problems()).containsExactly("a is missing", "b must be 1");
        assertThat(rejected.publicMessage()).isEqualTo("a is missing; b must be 1");
    }

    @Test
    void shouldNotRefuseAConfigurationForNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ConfigurationRejected(List.of()));
    }
}
