package dev.weir.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.deployment.Stickiness;
import dev.weir.fixture.FakeModel;
import org.junit.jupiter.api.Test;

class StickyCheckTest {

    @Test
    void shouldNameAFeatureThatTheModelDoesNotHave() {
        assertThat(StickyCheck.problems("flowers", new Stickiness.ByFeature("customer"), FakeModel.SIGNATURE))
                .singleElement()
                .asString()
                .contains("'flowers'", "spec.sticky", "'customer'");
    }

    @Test
    void shouldHaveNothingAgainstAFeatureThatIsThere() {
        assertThat(StickyCheck.problems("flowers", new Stickiness.ByFeature("x"), FakeModel.SIGNATURE))
                .isEmpty();
        assertThat(StickyCheck.problems("flowers", new Stickiness.ByHeader("X-Any"), FakeModel.SIGNATURE))
                .isEmpty();
    }
}
