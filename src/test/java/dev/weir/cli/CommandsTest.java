package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost:8080", "127.0.0.1", "ftp://127.0.0.1", "http:///v2", "http://a b", "http://h?q=1"})
    void saysWhatAServersAddressLooksLike(String address) {
        assertThat(run(new CommandLine(new StatusCommand()), "--server", address))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("Invalid value for option '--server'", "'" + address + "' is no base URL")
                .doesNotContain("\tat ");
    }

    @Test
    void callsAServerBelowAPath() throws IOException {
        Queue<String> paths = new ConcurrentLinkedQueue<>();
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext("/", exchange -> {
            paths.add(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        proxy.start();
        try {
            String base = "http://127.0.0.1:" + proxy.getAddress().getPort() + "/team/weir/";
            run(new CommandLine(new StatusCommand()), "--server", base);
        } finally {
            proxy.stop(0);
        }
        assertThat(paths).containsExactly("/team/weir/api/v1/deployments");
    }

    @Test
    void showsEveryMistakeInFilesThatWereRefused() throws IOException {
        byte[] answer = """
                {"ready": true, "deployments": [], "configRefusal":
                  {"at": "2026-01-02T03:04:05Z", "problems": ["a.yaml: one", "b.yaml: another"]}}
                """.getBytes(StandardCharsets.UTF_8);
        HttpServer refusing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        refusing.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        refusing.start();
        try {
            String base = "http://127.0.0.1:" + refusing.getAddress().getPort();
            assertThat(run(new CommandLine(new StatusCommand()), "--server", base))
                    .isZero();
        } finally {
            refusing.stop(0);
        }
        assertThat(out.toString()).contains("refused at 2026-01-02T03:04:05Z", "  a.yaml: one", "  b.yaml: another");
    }

    @Test
    void printsTheVersion() {
        assertThat(run(new CommandLine(new VersionCommand()))).isZero();
        assertThat(out.toString()).startsWith("weir ");
    }
}
