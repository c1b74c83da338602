package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.ArtifactRejected;
import dev.weir.registry.AliasMove;
import dev.weir.registry.Revocation;
import dev.weir.servable.ServableState;
import io.quarkus.runtime.ShutdownEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What callers of a deployment rely on, over a restart. */
class PromiseTest extends SnapshotLoaderFixture {

    private void move(@Nullable String from, String to) {
        source.note("iris", new AliasMove("champion", from, to, "ada", NOW, "because"));
    }

    private @Nullable String serving() {
        var ref = deployment("flowers").serving();
        return ref == null ? null : ref.version();
    }

    private void restart(SnapshotLoader loader) {
        loader.onStop(new ShutdownEvent());
        state.apply(ServingSnapshot.NONE);
        models.clear();
    }

    /** Serves version 1 behind the alias and ends; the alias then stands for version 2, which takes something else. */
    private void serveOneAndMoveTheAliasToAnotherSignature() throws IOException {
        register("iris", "1");
        register("iris", "2", OTHER);
        move(null, "1");
        deploy("flowers", "model: iris, version: '@champion'");
        restart(start());
        move("1", "2");
    }

    @Test
    void shouldBeKeptOverARestart() throws IOException {
        serveOneAndMoveTheAliasToAnotherSignature();

        start();

        assertThat(serving()).isEqualTo("1");
        assertThat(deployment("flowers").problem()).isEqualTo("version iris/2 is not loaded");
        assertThat(board.get(ref("iris", "2")))
                .isInstanceOfSatisfying(ServableState.Failed.class, failed -> assertThat(failed.reason())
                        .isEqualTo("its signature differs from what deployment 'flowers' promises its callers"));
    }

    @Test
    void shouldNotBeBrokenThoughNothingElseCanServe() throws IOException {
        serveOneAndMoveTheAliasToAnotherSignature();
        source.put(ref("iris", "1"), () -> {
            throw new ArtifactRejected("manifest: field 'files' is missing");
        });

        SnapshotLoader loader = start();
        loader.refresh(false);
        loader.refresh(false);

        assertThat(serving()).isNull();
        assertThat(models).isEmpty();
    }

    @Test
    void shouldBeOverOnceAFileNamesAVersion() throws IOException {
        serveOneAndMoveTheAliasToAnotherSignature();
        deploy("flowers", "model: iris, version: '2'");
        SnapshotLoader named = start();
        @Nullable String byName = serving();
        restart(named);
        deploy("flowers", "model: iris, version: '@champion'");

        start();

        assertThat(byName).isEqualTo("2");
        assertThat(serving()).isEqualTo("2");
        assertThat(deployment("flowers").problem()).isNull();
    }

    @Test
    void shouldBeOverOnceTheVersionThatKeptItIsRevoked() throws IOException {
        serveOneAndMoveTheAliasToAnotherSignature();
        source.revoke(ref("iris", "1"), new Revocation("ada", NOW, "leaked labels"));

        start();

        assertThat(serving()).isEqualTo("2");
    }

    @Test
    void shouldNotBeBrokenAfterARestartByWhatStandsInForARevokedVersion() throws IOException {
        register("iris", "4", OTHER);
        register("iris", "5");
        move("4", "5");
        deploy("flowers", "model: iris, version: '@champion'");
        restart(start());
        source.revoke(ref("iris", "5"), new Revocation("ada", NOW, "leaked labels"));

        SnapshotLoader loader = start();
        loader.refresh(false);

        assertThat(serving()).isNull();
        assertThat(models).isEmpty();
    }

    @Test
    void shouldBeOverOnceTheDeploymentServesAnotherModel() throws IOException {
        serveOneAndMoveTheAliasToAnotherSignature();
        register("wine", "1", OTHER);
        source.alias("wine", "champion", "1");
        deploy("flowers", "model: wine, version: '@champion'");

        start();

        assertThat(serving()).isEqualTo("1");
    }
}
