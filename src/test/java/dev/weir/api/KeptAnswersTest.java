package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.ManualTicker;
import dev.weir.inference.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.buffer.Buffer;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are sent again, and what they get. */
class KeptAnswersTest {

    private static final Caller ANNE = new Caller("anne", Set.of());
    private static final Caller BOB = new Caller("bob", Set.of());
    private static final byte[] ONE = {1};
    private static final byte[] OTHER = {2};

    private final ManualTicker ticker = new ManualTicker();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final KeptAnswers kept = new KeptAnswers(new Bounds(8192), ticker, meters);

    private record Bounds(long capacity) implements IdempotencyConfig {
        @Override
        public Duration window() {
            return Duration.ofMinutes(1);
        }

        @Override
        public MemorySize bytes() {
            return new MemorySize(BigInteger.valueOf(capacity));
        }
    }

    private static KeptAnswers.KeptAnswer answer(int bytes) {
        return new KeptAnswers.KeptAnswer(
                "application/json", List.of(Map.entry("Weir-Prediction-Id", "p")), Buffer.buffer(new byte[bytes]));
    }

    private KeptAnswers.Turn first(Caller caller, String key) {
        KeptAnswers.Begun begun = kept.begin(caller, key, ONE);
        assertThat(begun.answer()).isNull();
        return begun.turn();
    }

    private KeptAnswers.@Nullable KeptAnswer again(Caller caller, String key) {
        return kept.begin(caller, key, ONE).answer();
    }

    private @Nullable FailureCode refusal(byte[] fingerprint) {
        RequestRejected refused = catchThrowableOfType(RequestRejected.class, () -> kept.begin(ANNE, "k", fingerprint));
        return refused == null ? null : refused.code();
    }

    private double count(String event) {
        return meters.counter("weir.idempotency", "event", event).count();
    }

    @Test
    void shouldGiveTheSameRequestTheAnswerItHad() {
        KeptAnswers.KeptAnswer answer = answer(10);
        first(ANNE, "k").keep(answer);

        assertThat(again(ANNE, "k")).isEqualTo(answer);
        assertThat(again(ANNE, "\"k\"")).isEqualTo(answer);
        assertThat(count("replayed")).isEqualTo(2);
    }

    @Test
    void shouldRefuseAKeyThatWasUsedForAnotherRequest() {
        first(ANNE, "k").keep(answer(10));

        assertThat(refusal(OTHER)).isEqualTo(FailureCode.CONFLICT);
        assertThat(count("refused")).isOne();
    }

    @Test
    void shouldRefuseASecondRequestWhileTheFirstIsUnderWay() {
        first(ANNE, "k");

        assertThat(refusal(ONE)).isEqualTo(FailureCode.CONFLICT);
    }

    @Test
    void shouldTakeTheSameKeyOfAnotherCallerForAnotherKey() {
        first(ANNE, "k").keep(answer(10));

        assertThat(kept.begin(BOB, "k", OTHER).turn()).isNotNull();
    }

    @Test
    void shouldForgetARequestThatDidNotSucceed() {
        first(ANNE, "k").forget();

        assertThat(first(ANNE, "k")).isNotNull();
    }

    @Test
    void shouldNotForgetAnAnswerThatWasKept() {
        KeptAnswers.Turn turn = first(ANNE, "k");
        turn.keep(answer(10));
        turn.forget();

        assertThat(again(ANNE, "k")).isNotNull();
    }

    @Test
    void shouldForgetAnswersAfterTheWindow() {
        first(ANNE, "k").keep(answer(10));

        ticker.advance(Duration.ofMinutes(1));

        assertThat(first(ANNE, "k")).isNotNull();
    }

    @Test
    void shouldIgnoreALateAnswerToARequestThatWasForgotten() {
        KeptAnswers.Turn late = first(ANNE, "k");
        late.forget();
        KeptAnswers.Turn next = first(ANNE, "k");

        late.keep(answer(10));

        assertThat(refusal(ONE)).isEqualTo(FailureCode.CONFLICT);
        next.keep(answer(20));
        assertThat(again(ANNE, "k").body().length()).isEqualTo(20);
    }

    @Test
    void shouldNotForgetARequestThatIsUnderWayForLongerThanTheWindow() {
        KeptAnswers.Turn slow = first(ANNE, "k");

        ticker.advance(Duration.ofHours(1));

        assertThat(refusal(ONE)).isEqualTo(FailureCode.CONFLICT);
        slow.keep(answer(10));
        assertThat(again(ANNE, "k")).isNotNull();
    }

    @Test
    void shouldBeginTheWindowWithTheAnswer() {
        KeptAnswers.Turn slow = first(ANNE, "slow");
        ticker.advance(Duration.ofSeconds(59));
        first(ANNE, "quick").keep(answer(10));
        slow.keep(answer(10));

        ticker.advance(Duration.ofSeconds(59));

        assertThat(again(ANNE, "slow")).isNotNull();
        assertThat(again(ANNE, "quick")).isNotNull();
    }

    @Test
    void shouldNotForgetARequestThatIsUnderWayForRoom() {
        first(ANNE, "k");

        first(BOB, "large").keep(answer(7000));
        first(BOB, "other").keep(answer(7000));

        assertThat(refusal(ONE)).isEqualTo(FailureCode.CONFLICT);
        assertThat(kept.bytes()).isLessThanOrEqualTo(8192);
    }

    @Test
    void shouldRefuseFurtherKeysWhileThoseUnderWayTakeAllTheRoom() {
        KeptAnswers.Turn one = first(ANNE, "k");
        IntStream.range(1, 8).forEach(i -> first(BOB, "k" + i));

        Overloaded refused = catchThrowableOfType(Overloaded.class, () -> kept.begin(BOB, "more", ONE));

        assertThat(refused.code()).isEqualTo(FailureCode.BYTE_BUDGET_EXHAUSTED);
        assertThat(refusal(ONE)).isEqualTo(FailureCode.CONFLICT);
        one.forget();
        assertThat(first(BOB, "more")).isNotNull();
    }

    @Test
    void shouldForgetTheOldestWhenThereIsNoRoom() {
        first(ANNE, "old").keep(answer(4000));
        first(ANNE, "new").keep(answer(4000));

        assertThat(first(ANNE, "old")).isNotNull();
        assertThat(again(ANNE, "new")).isNotNull();
        assertThat(kept.bytes()).isLessThanOrEqualTo(8192);
        assertThat(count("evicted")).isOne();
    }

    @Test
    void shouldNotKeepAnAnswerThatIsLargerThanAllItsRoom() {
        first(ANNE, "k").keep(answer(9000));

        assertThat(first(ANNE, "k")).isNotNull();
        assertThat(kept.bytes()).isLessThanOrEqualTo(8192);
    }

    @Test
    void shouldGiveAllRoomBack() {
        first(ANNE, "a").keep(answer(100));
        first(ANNE, "b").forget();

        ticker.advance(Duration.ofMinutes(1));
        first(ANNE, "c").forget();

        assertThat(kept.bytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "\"\"", "a\nb", "ä"})
    void shouldRefuseWhatIsNoKey(String key) {
        RequestRejected refused = catchThrowableOfType(RequestRejected.class, () -> kept.begin(ANNE, key, ONE));

        assertThat(refused.code()).isEqualTo(FailureCode.INVALID_ID);
        assertThat(refused.field()).isEqualTo("Idempotency-Key");
    }
}
