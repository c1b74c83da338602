package dev.weir.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The server a command talks to, and how it does. */
final class ServerOption {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration FORM_TIMEOUT = Duration.ofMinutes(15);

    @Option(
            names = "--server",
            defaultValue = "${env:WEIR_SERVER:-http://127.0.0.1:8080}",
            converter = BaseUrl.class,
            description = "Base URL of the server (default \\${DEFAULT-VALUE}; also WEIR_SERVER).")
    URI server = URI.create("http://127.0.0.1:8080");

    /** Reads a base URL, or says what one looks like. */
    static final class BaseUrl implements ITypeConverter<URI> {

        @Override
        public URI convert(String text) {
            try {
                URI url = new URI(text.replaceFirst("/+$", ""));
                String scheme = url.getScheme();
                boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
                if (http && url.getHost() != null && url.getQuery() == null && url.getFragment() == null) {
                    return url;
                }
            } catch (URISyntaxException e) {
                // Told below, like everything else that is no base URL.
            }
            throw new TypeConversionException(
                    "'" + text + "' is no base URL; write it as http://127.0.0.1:8080, with http or https");
        }
    }

    /** Trouble on the way to the server, in a sentence for the terminal. */
    static final class Unreachable extends Exception {
        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    HttpResponse<String> get(String path) throws Unreachable {
        return send(HttpRequest.newBuilder(at(path)).GET());
    }

    /** Takes the lines of an answer as they come. */
    @FunctionalInterface
    interface Lines {
        void accept(Stream<String> lines);
    }

    /**
     * Reads an answer of one JSON document to a line, however long it is.
     *
     * @return what a refusal says, in a line; null when there was none
     * @throws Unreachable also when the answer broke off
     */
    @Nullable
    String stream(String path, Lines lines) throws Unreachable {
        HttpRequest request = HttpRequest.newBuilder(at(path))
                .header("Accept", "application/x-ndjson")
                .timeout(TIMEOUT)
                .GET()
                .build();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            HttpResponse<Stream<String>> response = client.send(request, HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> body = response.body()) {
                if (response.statusCode() != 200) {
                    return Answers.refusal(response.statusCode(), body.collect(Collectors.joining("\n")));
                }
                lines.accept(body);
                return null;
            }
        } catch (ConnectException e) {
            throw new Unreachable("no server answers at " + server + "; start one with: weir serve", e);
        } catch (IOException | UncheckedIOException e) {
            throw new Unreachable("the answer of the server at " + server + " broke off; it is not all", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unreachable("interrupted", e);
        }
    }

    HttpResponse<String> postLines(String path, byte[] lines) throws Unreachable {
        return send(
                HttpRequest.newBuilder(at(path))
                        .header("Content-Type", "application/x-ndjson")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(lines)),
                FORM_TIMEOUT);
    }

    HttpResponse<String> post(String path, byte[] json) throws Unreachable {
        return send(HttpRequest.newBuilder(at(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    HttpResponse<String> put(String path, byte[] json) throws Unreachable {
        return send(HttpRequest.newBuilder(at(path))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    HttpResponse<String> delete(String path) throws Unreachable {
        return send(HttpRequest.newBuilder(at(path)).DELETE());
    }

    /** Sends a form, and waits for as long as it may take a server to load a model. */
    HttpResponse<String> postForm(String path, FormBody form) throws Unreachable {
        // HTTP/1.1, because an upgrade to HTTP/2 would have to wait for the whole body.
        return send(
                HttpRequest.newBuilder(at(path))
                        .version(HttpClient.Version.HTTP_1_1)
                        .header("Content-Type", form.contentType())
                        .POST(form.publisher()),
                FORM_TIMEOUT);
    }

    /** Returns the address of a path of the API, below the base URL's own path if it has one. */
    private URI at(String path) {
        return URI.create(server + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Unreachable {
        return send(request, TIMEOUT);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, Duration timeout) throws Unreachable {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build()) {
            return client.send(request.timeout(timeout).build(), HttpResponse.BodyHandlers.ofString());
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
