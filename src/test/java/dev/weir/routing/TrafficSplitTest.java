package dev.weir.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficSplitTest {

    private static final Variant PRIMARY = variant("primary", "2", VariantRole.PRIMARY);
    private static final Variant STANDBY = variant("standby-1", "1", VariantRole.STANDBY);
    private static final TrafficSplit SPLIT = TrafficSplit.toPrimary(List.of(STANDBY, PRIMARY));

    private static Variant variant(String name, String version, VariantRole role) {
        return new Variant(name, new VersionRef("iris", version), role);
    }

    @Test
    void shouldSendARequestToThePrimary() {
        assertThat(SPLIT.route()).isEqualTo(Route.to(PRIMARY, Route.Reason.PRIMARY));
    }

    @Test
    void shouldSendAPinnedRequestToItsVersion() {
        assertThat(SPLIT.pin("1")).isEqualTo(Route.to(STANDBY, Route.Reason.PINNED));
    }

    @Test
    void shouldCallAPinnedRequestPinnedEvenOnThePrimary() {
        assertThat(SPLIT.pin("2")).isEqualTo(Route.to(PRIMARY, Route.Reason.PINNED));
    }

    @Test
    void shouldHaveNoRouteToAnotherVersion() {
        assertThat(SPLIT.pin("3")).isNull();
    }

    @Test
    void shouldNeedAPrimary() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrafficSplit.toPrimary(List.of(STANDBY)))
                .withMessage("a deployment needs exactly one primary");
    }

    @Test
    void shouldNotHaveTwoPrimaries() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrafficSplit.toPrimary(List.of(PRIMARY, variant("other", "3", VariantRole.PRIMARY))));
    }

    @Test
    void shouldNotHaveOneVersionTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrafficSplit.toPrimary(List.of(PRIMARY, variant("other", "2", VariantRole.STANDBY))));
    }

    @Test
    void shouldNotHaveOneNameTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> TrafficSplit.toPrimary(List.of(PRIMARY, variant("primary", "3", VariantRole.STANDBY))));
    }

    @Test
    void shouldNotChangeWithTheListItWasMadeFrom() {
        List<Variant> variants = new ArrayList<>(List.of(PRIMARY));
        TrafficSplit split = TrafficSplit.toPrimary(variants);

        variants.clear();

        assertThat(split.variants()).containsExactly(PRIMARY);
    }
}
