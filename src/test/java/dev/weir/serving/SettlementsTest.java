package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.PredictionFailed;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.Settlement.Result;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettlementsTest {

    private static Result result(WeirException failure) {
        return Settlements.result(failure);
    }

    @Test
    void shouldNotCountACallersFaultAsTheVariants() {
        assertThat(result(new RequestRejected(FailureCode.UNSUPPORTED_VALUE, "no")))
                .isEqualTo(Result.REFUSED);
    }

    @Test
    void shouldTellApartWhyAnAttemptFailed() {
        assertThat(result(new PredictionFailed(FailureCode.EXECUTION_FAILED, "no")))
                .isEqualTo(Result.ERROR);
        assertThat(result(new PredictionFailed(FailureCode.DEADLINE_EXCEEDED, "no")))
                .isEqualTo(Result.TIMEOUT);
        assertThat(result(new PredictionFailed(FailureCode.CANCELLED, "no"))).isEqualTo(Result.CANCELLED);
        assertThat(result(new Overloaded(FailureCode.QUEUE_FULL, "no", Duration.ofSeconds(1))))
                .isEqualTo(Result.REJECTED);
    }
}
