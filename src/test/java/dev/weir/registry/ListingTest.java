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
}
