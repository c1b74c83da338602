package dev.weir.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.servable.ServableState;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a server remembers of versions that came and went. */
class ForgottenVersionsTest extends SnapshotLoaderFixture {

    @Test
    void shouldForgetVersionsThatLeftTheRegistry() throws IOException {
        register("iris", "0");
        source.alias("iris", "champion", "0");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();

        for (int i = 1; i <= 20; i++) {
            register("iris", String.valueOf(i));
            source.alias("iris", "champion", String.valueOf(i));
            source.delete(ref("iris", String.valueOf(i - 1)));
            loader.refresh(false);
        }

        // What serves, what it replaced, and what was given up for it in the last refresh.
        assertThat(board.all()).containsOnlyKeys(ref("iris", "18"), ref("iris", "19"), ref("iris", "20"));
    }

    @Test
    void shouldRememberWhatADeploymentStillAsksFor() throws IOException {
        register("iris", "1");
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion'");
        deploy("missing", "model: iris, version: '9', required: false");
        SnapshotLoader loader = start();

        loader.refresh(false);

        assertThat(board.get(ref("iris", "9"))).isInstanceOf(ServableState.Failed.class);
    }

    @Test
    void shouldRememberWhatFailedAndIsStillThere() throws IOException {
        register("iris", "1");
        register("iris", "2", OTHER);
        source.alias("iris", "champion", "1");
        deploy("flowers", "model: iris, version: '@champion'");
        SnapshotLoader loader = start();
        source.alias("iris", "champion", "2");
        loader.refresh(false);

        source.alias("iris", "champion", "1");
        loader.refresh(false);

        assertThat(board.get(ref("iris", "2"))).isInstanceOf(ServableState.Failed.class);
    }
}
