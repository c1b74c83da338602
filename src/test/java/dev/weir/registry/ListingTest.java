package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.VersionRef;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListingTest {

    private static final VersionRef IRIS = new VersionRef("iris", "1");
    private static final Revocation UNFAIR = new Revocation("ada", Instant.EPOCH, "unfair");

    private final Listing former = Listing.of(
            Map.of(IRIS, "a"), Map.of("iris", Map.of("champion", "1"), "wine", Map.of("champion", "1")),
            Map.of(IRIS, UNFAIR), Map.of());

    @Test
    void shouldKeepTheAliasesOfAModelWhoseAliasesCannotBeRead() {
        Listing now = Listing.of(Map.of(IRIS, "a"), Map.of(), Map.of(), Map.of("iris", "unreadable"));

        assertThat(now.fillGaps(former).aliases())
                .containsOnly(Map.entry("iris", former.aliases().get("iris")));
    }

    @Test
    void shouldKeepTheRevocationsOfAModelWhoseRevocationsCannotBeRead() {
        Listing now = Listing.of(Map.of(IRIS, "a"), Map.of(), Map.of(), Map.of("iris", "unreadable"));

        assertThat(now.fillGaps(former).revocation(IRIS)).isEqualTo(UNFAIR);
    }

    @Test
    void shouldForgetTheAliasesOfAModelThatHasNone() {
        Listing now = Listing.of(Map.of(IRIS, "a"), Map.of());

        assertThat(now.fillGaps(former).resolve("iris", "champion")).isNull();
    }

    @Test
    void shouldKeepTheVersionsOfAModelOfWhichNoneCanBeRead() {
        Listing now = Listing.of(Map.of(), Map.of(), Map.of(), Map.of("iris", "unreadable"));

        assertThat(now.fillGaps(former).mark(IRIS)).isEqualTo("a");
    }

    @Test
    void shouldNotBringBackAVersionThatIsGone() {
        VersionRef second = new VersionRef("iris", "2");
        Listing now = Listing.of(Map.of(second, "b"), Map.of(), Map.of(), Map.of("iris", "unreadable aliases"));

        assertThat(now.fillGaps(former).versions()).containsOnlyKeys(second);
    }

    @Test
    void shouldTellOfAnAliasThatMovedSinceItWasRead() {
        Listing now = former.withAlias(new VersionRef("iris", "2"), "champion");

        assertThat(now.resolve("iris", "champion")).isEqualTo(new VersionRef("iris", "2"));
        assertThat(now.aliases().get("wine")).isEqualTo(former.aliases().get("wine"));
    }

    @Test
    void shouldTellOfTheFirstAliasOfAModel() {
        Listing now = former.withAlias(new VersionRef("rose", "1"), "champion");

        assertThat(now.resolve("rose", "champion")).isEqualTo(new VersionRef("rose", "1"));
    }

    @Test
    void shouldTellOfARevocationSinceItWasRead() {
        VersionRef second = new VersionRef("iris", "2");

        assertThat(former.withRevoked(second, UNFAIR).revocation(second)).isEqualTo(UNFAIR);
    }

    @Test
    void shouldKeepTheFirstOfTwoRevocations() {
        Revocation later = new Revocation("bob", Instant.EPOCH, "leaked");

        assertThat(former.withRevoked(IRIS, later).revocation(IRIS)).isEqualTo(UNFAIR);
    }

    @Test
    void shouldForgetADeletedVersion() {
        assertThat(former.without(IRIS).holds(IRIS)).isFalse();
    }

    @Test
    void shouldSayOfOneModelNothingOfOthers() {
        Listing more = Listing.of(
                Map.of(IRIS, "a", new VersionRef("wine", "1"), "b"), former.aliases(), former.revoked(), Map.of());

        Listing iris = more.of("iris");

        assertThat(iris.versions()).containsOnlyKeys(IRIS);
        assertThat(iris.aliases()).containsOnlyKeys("iris");
        assertThat(iris.revocation(IRIS)).isEqualTo(UNFAIR);
    }
}
