package dev.weir.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The server a command talks to, and how it does. */
final class ServerOption {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @Option(
            names = "--server",
            defaultValue = "${env:WEIR_SERVER:-http://127.0.0.1:8080}",
            description = "Base URL of the server (default \\${DEFAULT-VALUE}; also WEIR_SERVER).")
    URI server = URI.create("http://127.0.0.1:8080");

    /** Trouble on the way to the server, in a sentence for the terminal. */
    static final class Unreachable extends Exception {
        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    HttpResponse<String> get(String path) throws Unreachable {
        return send(HttpRequest.newBuilder(server.resolve(path)).GET());
    }

    HttpResponse<String> post(String path, byte[] json) throws Unreachable {
        return send(HttpRequest.newBuilder(server.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Unreachable {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
            return client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new Unreachable("no server answers at " + server + "; start one with: weir serve", e);
        } catch (IOException e) {
            throw new Unreachable("the server at " + server + " did not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("interrupted", e);
        }
    }
}
