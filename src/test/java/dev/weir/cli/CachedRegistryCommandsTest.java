package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.registry.S3DownAtStartTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What commands say of a server that started while its registry was down. */
@QuarkusTest
@TestProfile(S3DownAtStartTest.KnownStore.class)
class CachedRegistryCommandsTest {

    @TestHTTPResource
    URI server;

    private final StringWriter out = new StringWriter();

    private int run(Object command) {
        return new CommandLine(command).setOut(new PrintWriter(out, true)).execute("--server", server.toString());
    }

    @Test
    void saysSinceWhenModelsAreKnown() {
        assertThat(run(new ModelsCommand())).isOne();

        assertThat(out.toString())
                .containsPattern("iris +1 +@champion +READY \\(sha256:[0-9a-f]{12}, [0-9]+ ms\\)")
                .contains("The registry can't be read: the registry's bucket can't be used: the store does not answer")
                .containsPattern("This is from the cache, as of 20\\S+Z\\.");
    }

    @Test
    void saysBesideTheStatusWhatItFollowsFrom() {
        assertThat(run(new StatusCommand())).isZero();

        assertThat(out.toString())
                .containsPattern("The registry can't be read; this follows from its cache, as of 20\\S+Z\\.")
                .contains("The server is ready.");
    }
}
