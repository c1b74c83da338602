package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Described;
import dev.weir.fixture.FakeModel;
import dev.weir.fixture.MapModelSource;
import dev.weir.inference.VersionRef;
import dev.weir.registry.metadata.Metadata;
import dev.weir.registry.metadata.MetadataPolicy;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelManifest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which champion sets the bar. Versions of model iris are called by letters, and have an AUC. */
class PolicyCheckTest {

    private static final MetadataPolicy POLICY =
            MetadataPolicy.parse(List.of("metrics.auc >= 0.5", "metrics.auc >= @champion"), "policy");

    @TempDir
    Path directory;

    private final MapModelSource source = new MapModelSource();
    private final Map<String, ModelManifest> manifests = new HashMap<>();
    private @Nullable String champion;

    private static VersionRef ref(String version) {
        return new VersionRef("iris", version);
    }

    private void register(String version, double auc) {
        ModelArtifact bare = Artifacts.in(directory.resolve(version))
                .format("fake")
                .version("iris", version)
                .promising(FakeModel.SIGNATURE)
                .holding(new byte[] {1});
        ModelManifest manifest = Described.with(bare.manifest(), Described.metrics(Map.of("auc", auc)));
        manifests.put(version, manifest);
        source.put(new ModelArtifact(manifest, bare.directory(), bare.digest()));
    }

    private void move(String version) {
        source.moveAlias("iris", new AliasMove("champion", champion, version, "ada", Instant.EPOCH, "because"));
        champion = version;
    }

    /** Moves the alias as somebody does who tells nobody. */
    private void moveSilently(String version) {
        source.alias("iris", "champion", version);
        champion = version;
    }

    private void revoke(String version) {
        source.revoke(ref(version), new Revocation("ada", Instant.EPOCH, "leaked labels"));
    }

    private List<MetadataPolicy.Unmet> unmet(String version, Acceptance accepted, boolean asChampion) {
        Metadata metadata = Metadata.of(manifests.get(version));
        return new PolicyCheck(source.list(), new Manifests(source), source)
                .unmet(POLICY, ref(version), metadata, accepted, asChampion);
    }

    private boolean passes(String version) {
        return unmet(version, Acceptance.NONE, false).isEmpty();
    }

    private static Acceptance accepted(String... newestFirst) {
        return new Acceptance(Stream.of(newestFirst).map(PolicyCheckTest::ref).toList(), true);
    }

    /** Registers {@code a} with 0.9, {@code b} with 0.8, {@code c} with 0.85, {@code d} with 0.95, {@code e} with 0.4. */
    private void registerAll() {
        register("a", 0.9);
        register("b", 0.8);
        register("c", 0.85);
        register("d", 0.95);
        register("e", 0.4);
    }

    @ParameterizedTest(name = "after {0}, version {1} passes: {2}")
    @CsvSource({
        "a, a, true", // the first champion
        "e, e, false", // the first, but not good enough for what it is
        "a d, d, true",
        "a b, b, false",
        "a b c, c, false", // although it is better than b
        "a b e c, c, false",
        "a b d, d, true",
        "e b, b, true", // the first that is good enough
        "a d a, a, true", // back
        "a d b a, a, true",
        "a d a c, c, false",
        "a d a b, b, false",
        "b a b c, c, true", // b is the champion again, and c is better
        "b a b a, a, true",
        "b a b c d, d, true",
        "a b, a, true", // the champion still, whatever the alias says
        "a b, c, false", // not behind the alias
        "a d, a, false",
        "e, c, true",
        "e, e, false"
    })
    void shouldCompareWithTheLastAcceptedChampion(String history, String version, boolean passes) {
        registerAll();
        Stream.of(history.split(" ")).forEach(this::move);

        assertThat(passes(version)).isEqualTo(passes);
    }

    @Test
    void shouldNameTheChampionThatSetsTheBar() {
        registerAll();
        Stream.of("a", "b", "c").forEach(this::move);

        assertThat(unmet("c", Acceptance.NONE, false))
                .extracting(MetadataPolicy.Unmet::why)
                .containsExactly("metrics.auc is 0.85, not >= 0.9, that of version a behind @champion");
    }

    @Test
    void shouldPassOverARevokedChampion() {
        registerAll();
        Stream.of("b", "d", "c").forEach(this::move);
        revoke("d");

        assertThat(passes("c")).isTrue();
    }

    @Test
    void shouldCompareWithTheChampionBeforeARevokedOne() {
        registerAll();
        Stream.of("a", "d").forEach(this::move);
        revoke("d");

        assertThat(passes("c")).isFalse();
    }

    @Test
    void shouldPassOverAChampionThatIsGone() {
        registerAll();
        Stream.of("b", "d", "c").forEach(this::move);
        source.delete(ref("d"));

        assertThat(passes("c")).isTrue();
    }

    @Test
    void shouldPassOverAChampionWhoseManifestIsRefused() {
        registerAll();
        source.put(ref("broken"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
        Stream.of("a", "broken", "c").forEach(this::move);

        assertThat(passes("c")).isFalse();
    }

    @Test
    void shouldLetNobodyPassWhenTheManifestOfWhatWasAcceptedIsRefused() {
        registerAll();
        source.put(ref("broken"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });
        Stream.of("broken", "d").forEach(this::move);

        assertThat(unmet("d", accepted("broken"), false)).hasSize(1);
    }

    @Test
    void shouldCountWhatTheAliasStoodForBeforeItsHistoryBegins() {
        registerAll();
        moveSilently("a");
        move("b");

        assertThat(passes("b")).isFalse();
    }

    @Test
    void shouldCountWhatWasMovedSilentlyInBetween() {
        registerAll();
        move("b");
        moveSilently("a");
        move("c");

        assertThat(passes("c")).isFalse();
    }

    @Test
    void shouldCompareWithTheHistoryWhenTheLastMoveWasSilent() {
        registerAll();
        move("a");
        moveSilently("c");

        assertThat(passes("c")).isFalse();
    }

    @Test
    void shouldCompareWithWhatWasAcceptedLastWhenThereIsNoHistory() {
        registerAll();
        moveSilently("c");

        assertThat(unmet("c", accepted("a", "b"), false)).hasSize(1);
        assertThat(unmet("c", accepted("b", "a"), false)).isEmpty();
    }

    @Test
    void shouldCompareWithWhatWasAcceptedLastEvenUnderAnotherPolicy() {
        registerAll();
        moveSilently("c");

        assertThat(unmet("c", new Acceptance(List.of(ref("a")), false), false)).hasSize(1);
    }

    @Test
    void shouldNotCompareAgainWhatWasAccepted() {
        registerAll();
        Stream.of("a", "b").forEach(this::move);

        assertThat(unmet("b", accepted("b"), false)).isEmpty();
    }

    @Test
    void shouldCompareAgainWhatWasAcceptedUnderAnotherPolicy() {
        registerAll();
        Stream.of("a", "b").forEach(this::move);

        assertThat(unmet("b", new Acceptance(List.of(ref("b")), false), false)).hasSize(1);
    }

    @Test
    void shouldHoldWhatWasAcceptedToTheRestOfThePolicy() {
        registerAll();
        move("e");

        assertThat(unmet("e", accepted("e"), false)).hasSize(1);
    }

    @Test
    void shouldLetAFormerChampionComeBackInPlaceOfABetterOne() {
        registerAll();
        Stream.of("b", "a").forEach(this::move);

        assertThat(unmet("b", Acceptance.NONE, true)).isEmpty();
        assertThat(unmet("c", Acceptance.NONE, true)).hasSize(1);
    }

    @Test
    void shouldReadNoHistoryOfWhatWasAccepted() {
        registerAll();
        move("a");
        Listing listing = source.list();
        source.breakDown();

        assertThat(new PolicyCheck(listing, new Manifests(source), source)
                        .unmet(POLICY, ref("a"), Metadata.of(manifests.get("a")), accepted("a"), false))
                .isEmpty();
    }

    @Test
    void shouldNotDecideWithoutTheHistory() {
        registerAll();
        move("a");
        Listing listing = source.list();
        source.breakDown();
        PolicyCheck check = new PolicyCheck(listing, new Manifests(source), source);

        assertThatThrownBy(() -> check.unmet(POLICY, manifests.get("b"))).isInstanceOf(RegistryUnavailable.class);
    }

    @Test
    void shouldMeasureWhatIsNotRegisteredYet() {
        register("a", 0.9);
        register("new", 0.8);
        source.delete(ref("new"));
        move("a");

        assertThat(new PolicyCheck(source.list(), new Manifests(source), source).unmet(POLICY, manifests.get("new")))
                .extracting(MetadataPolicy.Unmet::why)
                .containsExactly("metrics.auc is 0.8, not >= 0.9, that of version a behind @champion");
    }

    static Stream<Integer> seeds() {
        return IntStream.range(0, 40).boxed();
    }

    /** Whoever watched all moves, and whoever comes late, agree; and what was refused never lowers the bar. */
    @ParameterizedTest
    @MethodSource("seeds")
    void shouldDecideByTheHistoryAsIfItHadSeenAllOfIt(int seed) {
        Random random = new Random(seed);
        String versions = "abcdef";
        Map<String, Double> aucs = new HashMap<>();
        for (String version : versions.split("")) {
            aucs.put(version, 0.4 + random.nextInt(7) / 10.0);
            register(version, aucs.get(version));
        }
        List<String> acceptedSoFar = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String next = String.valueOf(versions.charAt(random.nextInt(versions.length())));
            if (next.equals(champion)) {
                continue;
            }
            move(next);
            // The rule in its plainest form: good enough, and accepted before or no worse than the one accepted last.
            boolean expected = aucs.get(next) >= 0.5
                    && (acceptedSoFar.contains(next)
                            || acceptedSoFar.isEmpty()
                            || aucs.get(next) >= aucs.get(acceptedSoFar.getFirst()));

            assertThat(passes(next)).as("late, after move %s", i).isEqualTo(expected);
            assertThat(unmet(next, accepted(acceptedSoFar.toArray(String[]::new)), false)
                            .isEmpty())
                    .as("watching, after move %s", i)
                    .isEqualTo(expected);
            if (expected) {
                acceptedSoFar.remove(next);
                acceptedSoFar.addFirst(next);
            }
        }
    }
}
