package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.LogLines;
import dev.weir.inference.VersionRef;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Citations;
import dev.weir.registry.Revocation;
import dev.weir.servable.ServableState;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of deployments when versions are revoked, and of versions that somebody needs. */
class RevocationRefreshTest extends SnapshotLoaderFixture {

    private void move(@Nullable String from, String to) {
        source.moveAlias("iris", new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    private void revoke(String version) {
        source.revoke(ref("iris", version), new Revocation("ada", NOW, "leaked labels"));
    }

    private @Nullable String serving() {
        VersionRef ref = deployment("flowers").serving();
        return ref == null ? null : ref.version();
    }

    /** Serves version 2, and keeps version 1 for a return. */
    private SnapshotLoader serveTwo(String more) throws IOException {
        register("iris", "1");
        register("iris", "2");
        register("iris", "3");
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'" + more);
        SnapshotLoader loader = start();
        move("1", "2");
        loader.refresh(false);
        return loader;
    }

    private VersionControl control(SnapshotLoader loader, Citations... citations) {
        return new VersionControl(source, loader, state, board, () -> now, List.of(citations));
    }

    private static RequestRejected refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(RequestRejected.class, call);
    }

    @Test
    void shouldFallBackToThePreviousPrimary() throws IOException {
        SnapshotLoader loader = serveTwo("");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("1");
        assertThat(deployment("flowers").problem())
                .isEqualTo("version iris/2 is revoked: leaked labels; version iris/1 stands in for it");
        assertThat(models.get(ref("iris", "2")).closes()).isOne();
        assertThat(meters.get("weir.deployment.problem").gauge().value()).isOne();
    }

    @Test
    void shouldStayWithWhatItFellBackTo() throws IOException {
        SnapshotLoader loader = serveTwo("");
        revoke("2");
        loader.refresh(false);
        ServingSnapshot fallen = state.current();

        loader.refresh(true);

        assertThat(state.current()).isSameAs(fallen);
        assertThat(board.get(ref("iris", "2"))).isInstanceOf(ServableState.Unloaded.class);
    }

    @Test
    void shouldFallBackToAStandbyIfTheDeploymentSaysSo() throws IOException {
        SnapshotLoader loader = serveTwo(", standby: ['3'], onRevoked: standby");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("3");
    }

    @Test
    void shouldFallBackToAStandbyIfThereIsNoPrevious() throws IOException {
        SnapshotLoader loader = serveTwo(", standby: ['3']");
        revoke("1");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("3");
    }

    @Test
    void shouldBeUnreadyIfTheDeploymentSaysSo() throws IOException {
        SnapshotLoader loader = serveTwo(", standby: ['3'], onRevoked: unready");
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isNull();
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/2 is revoked: leaked labels");
        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "3"));
    }

    @Test
    void shouldNotLoadARevokedVersionAfterARestart() throws IOException {
        register("iris", "1");
        revoke("1");
        deploy("flowers", "model: iris, version: '1'");

        start().refresh(true);

        assertThat(models).isEmpty();
        assertThat(deployment("flowers").leftOut()).containsEntry(ref("iris", "1"), "it is revoked: leaked labels");
    }

    @Test
    void shouldFallBackToWhatTheAliasStoodForAfterARestart() throws IOException {
        register("iris", "1");
        register("iris", "2");
        move(null, "1");
        move("1", "2");
        revoke("2");
        deploy("flowers", "model: iris, version: '@champion'");

        start();

        assertThat(serving()).isEqualTo("1");
    }

    @Test
    void shouldGoOnServingWhenTheAliasMovesToARevokedVersion() throws IOException {
        SnapshotLoader loader = serveTwo(", onRevoked: unready");
        revoke("3");
        move("2", "3");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("2");
    }

    @Test
    void shouldGiveUpARevokedPrevious() throws IOException {
        SnapshotLoader loader = serveTwo("");
        revoke("1");

        loader.refresh(false);

        assertThat(deployment("flowers").previous()).isNull();
        assertThat(models.get(ref("iris", "1")).closes()).isOne();
        assertThat(serving()).isEqualTo("2");
    }

    @Test
    void shouldGiveUpARevokedStandby() throws IOException {
        SnapshotLoader loader = serveTwo(", standby: ['3']");
        revoke("3");

        loader.refresh(false);

        assertThat(deployment("flowers").lanes()).containsOnlyKeys(ref("iris", "2"));
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/3 is revoked: leaked labels");
    }

    @Test
    void shouldFallBackFromARevokedPrimaryWhoseAliasIsGone() throws IOException {
        SnapshotLoader loader = serveTwo("");
        source.forgetAliases();
        revoke("2");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("1");
        assertThat(models.get(ref("iris", "2")).closes()).isOne();
        assertThat(deployment("flowers").problem())
                .isEqualTo("the registry has no alias @champion for model 'iris'; version iris/2 is revoked: leaked"
                        + " labels; version iris/1 stands in for it");
    }

    @Test
    void shouldLoadNothingOfAModelWhoseRevocationsCannotBeRead() throws IOException {
        register("iris", "1");
        source.problem("iris", "the aliases or revocations of model 'iris' can't be read");
        deploy("flowers", "model: iris, version: '1'");
        SnapshotLoader loader = start();
        boolean before = models.isEmpty();
        @Nullable String problem = deployment("flowers").problem();
        source.problem("iris", null);

        loader.refresh(false);

        assertThat(before).isTrue();
        assertThat(problem)
                .isEqualTo("version iris/1 is not loaded; the aliases or revocations of model 'iris' can't be read");
        assertThat(serving()).isEqualTo("1");
    }

    @Test
    void shouldLetServeWhatServesWhenRevocationsCannotBeRead() throws IOException {
        SnapshotLoader loader = serveTwo("");
        source.problem("iris", "the aliases or revocations of model 'iris' can't be read");

        loader.refresh(false);

        assertThat(serving()).isEqualTo("2");
        assertThat(meters.get("weir.registry.problems").gauge().value()).isOne();
    }

    @Test
    void shouldTellOnceThatAModelsDocumentsCannotBeReadAndOnceThatTheyCan() throws IOException {
        SnapshotLoader loader = serveTwo("");
        try (LogLines lines = LogLines.of(RegistryReading.class)) {
            source.problem("iris", "the aliases or revocations of model 'iris' can't be read");
            loader.refresh(false);
            loader.refresh(false);
            source.problem("iris", null);
            loader.refresh(false);
            loader.refresh(false);

            assertThat(lines.lines())
                    .extracting(line -> line.getMessage())
                    .filteredOn(message -> message.startsWith("a model's documents"))
                    .containsExactly(
                            "a model's documents can't be read; what serves of it goes on serving",
                            "a model's documents can be read again");
        }
    }

    @Test
    void shouldSayInTheLogWhyAVersionIsLeftOut() throws IOException {
        SnapshotLoader loader = serveTwo(", standby: ['3']");
        revoke("3");
        try (LogLines lines = LogLines.of(SnapshotLog.class)) {
            loader.refresh(false);
            loader.refresh(false);

            assertThat(lines.lines())
                    .filteredOn(line -> line.getMessage().equals("version left out of a deployment"))
                    .singleElement()
                    .satisfies(line -> assertThat(line.getMdc("reason")).isEqualTo("it is revoked: leaked labels"));
        }
    }

    @Test
    void shouldHaveTakenAVersionOutOfServiceWhenRevokeReturns() throws IOException {
        SnapshotLoader loader = serveTwo("");

        control(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(serving()).isEqualTo("1");
    }

    @Test
    void shouldRevokeThoughTheRegistryCannotBeListed() throws IOException {
        SnapshotLoader loader = serveTwo("");
        source.breakDown();

        control(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(serving()).isEqualTo("1");
    }

    @Test
    void shouldKeepTheFirstRevocation() throws IOException {
        SnapshotLoader loader = serveTwo("");
        control(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(control(loader).revoke(ref("iris", "2"), "bob", "me too"))
                .isEqualTo(new Revocation("ada", NOW, "leaked labels"));
    }

    @Test
    void shouldRefuseAnAliasToARevokedVersion() throws IOException {
        SnapshotLoader loader = serveTwo("");
        revoke("3");

        RequestRejected refusal =
                refusal(() -> new AliasControl(source, loader, () -> now).set("iris", "@champion", "3", "ada", "try"));

        assertThat(refusal.code()).isEqualTo(FailureCode.CONFLICT);
        assertThat(refusal).hasMessageContaining("version iris/3 is revoked, and may not serve: leaked labels");
    }

    @Test
    void shouldRefuseAnAliasAsLongAsItIsNotKnownWhichVersionsAreRevoked() throws IOException {
        register("iris", "1");
        deploy("flowers", "model: iris, version: '1'");
        AliasControl aliases = new AliasControl(source, start(), () -> now);
        source.problem("iris", "the aliases or revocations of model 'iris' can't be read");

        assertThatThrownBy(() -> aliases.set("iris", "champion", "1", "ada", "better"))
                .isInstanceOf(RegistryUnavailable.class)
                .hasMessage("whether version iris/1 is revoked is not known: the aliases or revocations of model 'iris'"
                        + " can't be read");
    }

    @Test
    void shouldRefuseToMoveAnAliasBackToARevokedVersion() throws IOException {
        SnapshotLoader loader = serveTwo("");
        revoke("1");

        assertThat(refusal(() -> new AliasControl(source, loader, () -> now).revert("iris", "@champion", "ada", "back"))
                        .code())
                .isEqualTo(FailureCode.CONFLICT);
    }

    @Test
    void shouldNameEverybodyWhoNeedsAVersion() throws IOException {
        SnapshotLoader loader = serveTwo("");

        assertThat(refusal(() ->
                        control(loader, ref -> "12 retained predictions").delete(ref("iris", "2"), "ada", "tidy up")))
                .hasMessageContaining(
                        "version iris/2 is needed: it is the primary of deployment 'flowers'; alias @champion"
                                + " stands for it; it is cited by 12 retained predictions");
    }

    @Test
    void shouldNotDeleteAPreviousVersion() throws IOException {
        SnapshotLoader loader = serveTwo("");

        assertThat(refusal(() -> control(loader).delete(ref("iris", "1"), "ada", "tidy up")))
                .hasMessageContaining("deployment 'flowers' keeps it for a return");
    }

    @Test
    void shouldNotDeleteAVersionThatAFileNamesAndARevocationKeepsFromServing() throws IOException {
        register("iris", "1");
        register("iris", "2");
        deploy("flowers", "model: iris, version: '2', standby: ['1']");
        SnapshotLoader loader = start();
        control(loader).revoke(ref("iris", "2"), "ada", "leaked labels");

        assertThat(refusal(() -> control(loader).delete(ref("iris", "2"), "ada", "tidy up")))
                .hasMessageContaining("the file of deployment 'flowers' names it");
    }

    @Test
    void shouldNotDeleteAVersionThatIsCitedOnly() throws IOException {
        SnapshotLoader loader = serveTwo("");

        assertThat(refusal(() ->
                        control(loader, ref -> "12 retained predictions").delete(ref("iris", "3"), "ada", "tidy up")))
                .hasMessageContaining("it is cited by 12 retained predictions");
        assertThat(source.list().holds(ref("iris", "3"))).isTrue();
    }

    @Test
    void shouldDeleteWhatNobodyNeeds() throws IOException {
        SnapshotLoader loader = serveTwo("");

        control(loader, ref -> null).delete(ref("iris", "3"), "ada", "tidy up");

        assertThat(loader.listing().holds(ref("iris", "3"))).isFalse();
    }

    @Test
    void shouldWantAReason() throws IOException {
        SnapshotLoader loader = serveTwo("");

        assertThat(refusal(() -> control(loader).delete(ref("iris", "3"), "ada", " "))
                        .code())
                .isEqualTo(FailureCode.MISSING_FIELD);
        assertThatCode(() -> source.fetch(ref("iris", "3"))).doesNotThrowAnyException();
    }
}
