package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Acceptance;
import dev.weir.registry.Listing;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerdictsTest {

    private static final VersionRef IRIS = new VersionRef("iris", "2");
    private static final VersionRef DIGITS = new VersionRef("digits", "1");

    private final Object lock = new Object();
    private final Verdicts verdicts = new Verdicts();

    private static Verdicts.Case about(String deployment, VersionRef version, Map<VersionRef, String> listed) {
        return new Verdicts.Case(
                Snapshots.spec(deployment, Disclosure.FULL, version),
                version,
                false,
                Acceptance.NONE,
                Listing.of(listed, Map.of()));
    }

    private static Verdicts.Case about(String deployment) {
        return about(deployment, IRIS, Map.of(IRIS, "a"));
    }

    private static @Nullable String fail(String why) {
        throw new RegistryUnavailable(why, null);
    }

    @Test
    void shouldBeOpenUntilSomebodyLooksItUp() {
        assertThat(verdicts.ask(about("flowers"), () -> "too weak")).isEqualTo(Verdicts.OPEN);

        assertThat(verdicts.lookUp(lock)).isTrue();

        assertThat(verdicts.ask(about("flowers"), () -> "another")).isEqualTo("too weak");
        assertThat(verdicts.undecided()).isEmpty();
    }

    @Test
    void shouldJudgeWithoutTheLock() {
        boolean[] held = new boolean[1];
        verdicts.ask(about("flowers"), () -> {
            held[0] = Thread.holdsLock(lock); // judging reads the registry, which nobody should wait for
            return null;
        });

        verdicts.lookUp(lock);

        assertThat(held[0]).isFalse();
        assertThat(verdicts.ask(about("flowers"), () -> "another")).isNull();
    }

    @Test
    void shouldNotCallAnotherReasonNewsWhileTheRegistryCantBeRead() {
        verdicts.ask(about("flowers"), () -> fail("HTTP 429"));
        assertThat(verdicts.lookUp(lock)).isTrue();
        verdicts.ask(about("flowers"), () -> fail("HTTP 503"));

        assertThat(verdicts.lookUp(lock)).isFalse();
    }

    @Test
    void shouldLookAgainAtWhatCouldNotBeRead() {
        verdicts.ask(about("flowers"), () -> fail("HTTP 503"));
        verdicts.lookUp(lock);
        assertThat(verdicts.ask(about("flowers"), () -> null)).isEqualTo("it can't be checked: HTTP 503");

        assertThat(verdicts.lookUp(lock)).isTrue();

        assertThat(verdicts.ask(about("flowers"), () -> "another")).isNull();
    }

    @Test
    void shouldKeepWhatIsFinalWhenTheRegistryFailsLater() {
        verdicts.ask(about("flowers"), () -> fail("HTTP 503"));
        verdicts.note(about("flowers"), null);

        assertThat(verdicts.lookUp(lock)).isFalse();

        assertThat(verdicts.ask(about("flowers"), () -> "another")).isNull();
    }

    @Test
    void shouldJudgeTheOthersWhenOneFails() {
        verdicts.ask(about("flowers"), () -> {
            throw new IllegalStateException("a fault");
        });
        verdicts.ask(about("numbers", DIGITS, Map.of(DIGITS, "a")), () -> "too weak");

        verdicts.lookUp(lock);

        assertThat(verdicts.undecided()).isEmpty();
        assertThat(verdicts.ask(about("numbers", DIGITS, Map.of(DIGITS, "a")), () -> null))
                .isEqualTo("too weak");
    }

    @Test
    void shouldTellOnlyWhatOneDeploymentKnowsNothingOf() {
        verdicts.ask(about("flowers"), () -> fail("HTTP 503"));
        verdicts.lookUp(lock);
        verdicts.ask(about("flowers"), () -> null);
        verdicts.ask(about("garden"), () -> null);

        assertThat(verdicts.unjudged(about("flowers").deployment())).isEmpty();
        assertThat(verdicts.unjudged(about("garden").deployment())).containsExactly(IRIS);
        assertThat(verdicts.undecided()).containsExactly(IRIS);
    }

    @Test
    void shouldForgetWhatWasSaidOfAnotherListing() {
        verdicts.note(about("flowers"), "too weak");

        verdicts.note(about("flowers", IRIS, Map.of(IRIS, "b")), null);

        assertThat(verdicts.ask(about("flowers"), () -> null)).isEqualTo(Verdicts.OPEN);
    }
}
