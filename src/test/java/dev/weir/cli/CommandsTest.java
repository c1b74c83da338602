package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that talk to a server, against a running one. */
@QuarkusTest
class CommandsTest {

    @TestHTTPResource
    URI server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(CommandLine command, String... arguments) {
        return command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void showsWhatAServerServes() {
        assertThat(run(new CommandLine(new StatusCommand()), "--server", server.toString()))
                .isZero();
        assertThat(out.toString())
                .containsPattern("breast-cancer +breast-cancer +2 +primary +READY")
                .contains("The server is ready.");
    }

    @Test
    void knowsThePortThatTheSystemChose() {
        assertThat(StartBanner.port()).isEqualTo(server.getPort());
    }

    @Test
    void saysThatNoServerAnswers() {
        assertThat(run(new CommandLine(new StatusCommand()), "--server", "http://127.0.0.1:1"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("no server answers at http://127.0.0.1:1");
    }

    @Test
    void sendsARequestBodyAndPrintsTheAnswer() {
        assertThat(run(
                        new CommandLine(new PredictCommand()),
                        "iris",
                        "examples/requests/iris.v2.json",
                        "--server",
                        server.toString()))
                .isZero();
        assertThat(out.toString()).contains("\"model_name\":\"iris\"");
    }

    @Test
    void failsWhenTheServerRefuses() {
        assertThat(run(
                        new CommandLine(new PredictCommand()),
                        "nope",
                        "examples/requests/iris.v2.json",
                        "--server",
                        server.toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("UNKNOWN_MODEL");
    }

    @Test
    void printsTheVersion() {
        assertThat(run(new CommandLine(new VersionCommand()))).isZero();
        assertThat(out.toString()).startsWith("weir ");
    }
}
