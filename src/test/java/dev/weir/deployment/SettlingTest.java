package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.DirectoryState.Content;
import dev.weir.deployment.Settling.Step;
import dev.weir.fixture.ManualTicker;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SettlingTest {

    private final ManualTicker ticker = new ManualTicker();
    private final Settling settling = new Settling(ticker);

    private static DirectoryState holding(String... names) {
        SortedMap<String, Content> files = new TreeMap<>();
        for (String name : names) {
            files.put(name, new Content.Text(name));
        }
        return DirectoryState.Held.of(files);
    }

    private Step after(Duration time, DirectoryState seen) {
        ticker.advance(time);
        return settling.next(seen);
    }

    private void decide(DirectoryState seen) {
        settling.next(seen);
        assertThat(after(Settling.QUIET_WHEN_GONE, seen)).isEqualTo(new Step.Decide());
    }

    @Test
    void shouldDecideOnceFilesStandStill() {
        DirectoryState seen = holding("a");

        assertThat(settling.next(seen)).isEqualTo(new Step.Wait(Settling.QUIET));
        assertThat(after(Settling.QUIET, seen)).isEqualTo(new Step.Decide());
    }

    @Test
    void shouldDecideOncePerState() {
        decide(holding("a"));

        assertThat(after(Duration.ofDays(1), holding("a"))).isEqualTo(new Step.Rest());
    }

    @Test
    void shouldBeginToWaitAgainWhenFilesChangeMeanwhile() {
        settling.next(holding("a"));

        assertThat(after(Duration.ofMillis(150), holding("a", "b"))).isEqualTo(new Step.Wait(Settling.QUIET));
        assertThat(after(Duration.ofMillis(150), holding("a", "b"))).isEqualTo(new Step.Wait(Duration.ofMillis(50)));
        assertThat(after(Duration.ofMillis(50), holding("a", "b"))).isEqualTo(new Step.Decide());
    }

    @Test
    void shouldWaitLongerWhenAFileIsGone() {
        decide(holding("a", "b"));

        assertThat(settling.next(holding("a"))).isEqualTo(new Step.Wait(Settling.QUIET_WHEN_GONE));
    }

    @Test
    void shouldWaitLongerWhenTheDirectoryIsGone() {
        decide(holding("a"));

        assertThat(settling.next(new DirectoryState.Unreadable("gone")))
                .isEqualTo(new Step.Wait(Settling.QUIET_WHEN_GONE));
    }

    @Test
    void shouldForgetAChangeThatWasTakenBack() {
        decide(holding("a"));
        settling.next(holding("a", "b"));

        assertThat(settling.next(holding("a"))).isEqualTo(new Step.Rest());
        assertThat(after(Settling.QUIET, holding("a", "b"))).isEqualTo(new Step.Wait(Settling.QUIET));
    }

    @Test
    void shouldTellOnceThatFilesNeverStandStill() {
        settling.next(holding("0"));
        int told = 0;
        for (int i = 1; i <= 200; i++) {
            if (after(Duration.ofMillis(100), holding(String.valueOf(i))) instanceof Step.Tell) {
                told++;
            }
        }

        assertThat(told).isOne();
    }

    @Test
    void shouldDecideWhatWasDecidedBeforeOnceItWasToldOtherwise() {
        decide(holding("a"));
        settling.next(new DirectoryState.Moving());
        assertThat(after(Settling.PATIENCE, new DirectoryState.Moving())).isEqualTo(new Step.Tell());

        decide(holding("a"));
    }

    @Test
    void shouldNeverDecideAboutFilesThatMoveUnderTheReader() {
        settling.next(new DirectoryState.Moving());

        assertThat(after(Duration.ofSeconds(5), new DirectoryState.Moving())).isInstanceOf(Step.Wait.class);
    }

    @Test
    void shouldDecideAgainWhenADecisionCameToNothing() {
        decide(holding("a"));
        settling.again();

        decide(holding("a"));
    }
}
