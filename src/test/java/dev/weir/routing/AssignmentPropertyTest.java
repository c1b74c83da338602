package dev.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.routing.Assignment.Arm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of assignments over many keys. The keys are fixed, so that a test passes always or never. */
class AssignmentPropertyTest {

    private static final int KEYS = 1_000_000;

    /** Standard deviations that a share may be off. */
    private static final double TOLERANCE = 4.5;

    private static byte[] key(int i) {
        return ("customer-" + i).getBytes(StandardCharsets.UTF_8);
    }

    private static Assignment canary(String salt, int points) {
        return new Assignment(salt, new Arm("canary", new Share(points)), List.of(new Arm("primary", Share.ALL)));
    }

    private static boolean isCanary(Assignment assignment, int key) {
        return assignment.assign(key(key)).variant().equals("canary");
    }

    private static void assertShare(long count, long of, double share) {
        double deviation = Math.sqrt(of * share * (1 - share));
        assertThat((double) count).isBetween(of * share - TOLERANCE * deviation, of * share + TOLERANCE * deviation);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 100, 500, 2_500, 5_000, 9_000, 9_999})
    void shouldGiveTheCanaryItsShare(int points) {
        Assignment assignment = canary("shares", points);
        int count = 0;
        for (int i = 0; i < KEYS; i++) {
            count += isCanary(assignment, i) ? 1 : 0;
        }

        assertShare(count, KEYS, points / 10_000.0);
    }

    @Test
    void shouldGiveEachArmItsShareOfWhatTheCanaryLeaves() {
        Assignment assignment = new Assignment(
                "arms",
                new Arm("canary", new Share(1_000)),
                List.of(
                        new Arm("primary", new Share(6_000)),
                        new Arm("b", new Share(3_999)),
                        new Arm("c", new Share(1))));
        int[] counts = new int[4];
        for (int i = 0; i < KEYS; i++) {
            counts[
                    List.of("canary", "primary", "b", "c")
                            .indexOf(assignment.assign(key(i)).variant())]++;
        }

        assertShare(counts[0], KEYS, 0.1);
        assertShare(counts[1], KEYS, 0.54);
        assertShare(counts[2], KEYS, 0.35991);
        assertShare(counts[3], KEYS, 0.00009);
    }

    @Test
    void shouldMoveNobodyAwayFromACanaryThatGrows() {
        Assignment before = canary("growth", 500);
        Assignment after = canary("growth", 1_000);

        for (int i = 0; i < 100_000; i++) {
            if (isCanary(before, i)) {
                assertThat(isCanary(after, i)).isTrue();
            }
        }
    }

    @Test
    void shouldMoveNobodyAmongTheArmsWhenACanaryGrows() {
        List<Arm> arms = List.of(new Arm("primary", new Share(5_000)), new Arm("b", new Share(5_000)));
        Assignment before = new Assignment("growth", new Arm("canary", new Share(500)), arms);
        Assignment after = new Assignment("growth", new Arm("canary", new Share(1_000)), arms);

        for (int i = 0; i < 100_000; i++) {
            String now = after.assign(key(i)).variant();
            if (!now.equals("canary")) {
                assertThat(now).isEqualTo(before.assign(key(i)).variant());
            }
        }
    }

    /** χ² of a two by two table, one degree of freedom; 15.1 is passed by one in 10,000. */
    private static double chiSquare(Assignment one, Assignment other) {
        double[][] table = new double[2][2];
        for (int i = 0; i < 200_000; i++) {
            table[isCanary(one, i) ? 1 : 0][isCanary(other, i) ? 1 : 0]++;
        }
        double chi = 0;
        double all = 200_000;
        for (int row = 0; row < 2; row++) {
            for (int column = 0; column < 2; column++) {
                double expected = (table[row][0] + table[row][1]) * (table[0][column] + table[1][column]) / all;
                chi += (table[row][column] - expected) * (table[row][column] - expected) / expected;
            }
        }
        return chi;
    }

    @Test
    void shouldTellNothingOfOneExperimentByAnother() {
        assertThat(chiSquare(canary("one", 5_000), canary("other", 5_000))).isLessThan(15.1);
        assertThat(chiSquare(canary("churn", 500), canary("churn-2", 2_000))).isLessThan(15.1);
    }

    @Test
    void shouldTellNothingOfTheArmsByTheCanary() {
        List<Arm> arms = List.of(new Arm("primary", new Share(5_000)), new Arm("b", new Share(5_000)));
        Assignment assignment = new Assignment("layers", new Arm("canary", new Share(5_000)), arms);
        Assignment armsAlone = new Assignment("layers", null, arms);
        int[] b = new int[2];
        int[] all = new int[2];
        for (int i = 0; i < 200_000; i++) {
            int layer = isCanary(assignment, i) ? 1 : 0;
            all[layer]++;
            b[layer] += armsAlone.assign(key(i)).variant().equals("b") ? 1 : 0;
        }

        assertShare(b[0], all[0], 0.5);
        assertShare(b[1], all[1], 0.5);
    }
}
