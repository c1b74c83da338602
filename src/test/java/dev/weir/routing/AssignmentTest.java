package dev.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.routing.Assignment.Arm;
import dev.weir.routing.Assignment.Assigned;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentTest {

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** What callers meet depends on these, so they never change. Made by another implementation. */
    @ParameterizedTest
    @CsvSource({
        "churn/canary, alice, 4250",
        "churn/arms, alice, 7260",
        "churn/canary, bob, 2639",
        "churn/arms, bob, 5087",
        "churn/canary, '', 396",
        "churn/arms, '', 2614",
        "churn/canary, 42, 5680",
        "churn/arms, 42, 4460",
        "churn/canary, 日本, 6809",
        "churn/arms, 日本, 4646"
    })
    void shouldPutAKeyIntoItsBucketForEver(String salt, String key, int bucket) {
        assertThat(Assignment.bucket(salt, key(key))).isEqualTo(bucket);
    }

    @Test
    void shouldGiveTheCanaryItsBucketsAndTheRestToThePrimary() {
        Assignment assignment =
                new Assignment("churn", new Arm("canary", new Share(4_251)), List.of(new Arm("primary", Share.ALL)));

        assertThat(assignment.assign(key("alice"))).isEqualTo(new Assigned("canary", 4_250, 0.4251));
        assertThat(assignment.assign(key("42"))).isEqualTo(new Assigned("primary", 5_680, 0.5749));
    }

    @Test
    void shouldShareAmongTheArmsWhatTheCanaryLeaves() {
        Assignment assignment = new Assignment(
                "churn",
                new Arm("canary", new Share(1_000)),
                List.of(
                        new Arm("primary", new Share(5_000)),
                        new Arm("b", new Share(3_000)),
                        new Arm("c", new Share(2_000))));

        assertThat(assignment.assign(key("42"))).isEqualTo(new Assigned("primary", 4_460, 0.45));
        assertThat(assignment.assign(key("alice"))).isEqualTo(new Assigned("b", 7_260, 0.27));
        assertThat(assignment.assign(key(""))).isEqualTo(new Assigned("canary", 396, 0.1));
    }

    @Test
    void shouldNeedSharesThatAreEverything() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Assignment("s", null, List.of(new Arm("primary", new Share(9_999)))));
    }

    @Test
    void shouldBeDividedOnlyWhereSomebodyElseGetsSomething() {
        Arm primary = new Arm("primary", Share.ALL);

        assertThat(Assignment.toPrimary("primary").isDivided()).isFalse();
        assertThat(new Assignment("s", new Arm("canary", Share.NONE), List.of(primary)).isDivided())
                .isFalse();
        assertThat(new Assignment("s", new Arm("canary", new Share(1)), List.of(primary)).isDivided())
                .isTrue();
        assertThat(new Assignment("s", null, List.of(primary, new Arm("b", Share.NONE))).isDivided())
                .isFalse();
    }
}
