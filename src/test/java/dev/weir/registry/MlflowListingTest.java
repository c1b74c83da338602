package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.Alias;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.registry.MlflowAnswers.RegisteredModel;
import dev.weir.registry.MlflowAnswers.Tag;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlflowListingTest {

    private static ModelVersion version(String status, @Nullable String revoked) {
        return new ModelVersion(
                "iris",
                "1",
                1_000L,
                2_000L,
                status,
                "models:/m-1",
                null,
                null,
                null,
                revoked == null ? null : List.of(new Tag(MlflowListing.REVOKED, revoked)));
    }

    private static Listing listing(ModelVersion... versions) {
        return MlflowListing.of(List.of(new RegisteredModel("iris", null, null)), List.of(versions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PENDING_REGISTRATION", "FAILED_REGISTRATION", ""})
    void shouldNotSeeAVersionThatIsNotReady(String status) {
        assertThat(listing(version(status, null)).versions().keySet()).isEmpty();
    }

    @Test
    void shouldReadARevocationThatWeirWrote() {
        assertThat(listing(version(
                                "READY",
                                "{\"actor\": \"ada\", \"at\": \"2026-01-02T03:04:05Z\", \"reason\": \"leaked\"}"))
                        .revocation(new VersionRef("iris", "1")))
                .isEqualTo(new Revocation("ada", Instant.parse("2026-01-02T03:04:05Z"), "leaked"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"actor\": \"ada\"}", "true", "null"})
    void shouldTakeAnyTextForARevocation(String text) {
        assertThat(listing(version("READY", text)).revocation(new VersionRef("iris", "1")))
                .isNotNull()
                .extracting(Revocation::actor)
                .isEqualTo("unknown");
    }

    @Test
    void shouldSkipAndSayAnAliasThatIsNoName() {
        Listing listing = MlflowListing.of(
                List.of(new RegisteredModel("iris", List.of(new Alias("a b", "1"), new Alias("ok", "1")), null)),
                List.of());

        assertThat(listing.aliases().get("iris")).containsOnlyKeys("ok");
        assertThat(listing.problems()).containsOnlyKeys(MlflowListing.SKIPPED);
    }
}
