package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells who read what. Exit code 0, or 1 when the server refuses or can't be reached. */
@Command(
        name = "events",
        description = "Tell who read which payloads, the newest first, one JSON document to a line.",
        mixinStandardHelpOptions = true)
final class LogEventsCommand implements Callable<Integer> {

    private static final int PAGE = 1_000;

    @Option(names = "--from", description = "Events that began then or later, such as 2026-01-02T03:04:05Z.")
    @Nullable
    String from;

    @Option(names = "--to", description = "Events that began before.")
    @Nullable
    String to;

    @Option(names = "--actor", description = "The id of who did it.")
    @Nullable
    String actor;

    @Option(names = "--action", description = "What was done, such as prediction.read.")
    @Nullable
    String action;

    @Option(names = "--limit", defaultValue = "100", description = "The most events (default \\${DEFAULT-VALUE}).")
    int limit;

    @Mixin
    ServerOption server;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        String cursor = null;
        try {
            for (int left = limit; left > 0; left -= PAGE) {
                HttpResponse<String> response = server.get("/api/v1/audit/events"
                        + new QueryText()
                                .with("from", from)
                                .with("to", to)
                                .with("actor", actor)
                                .with("action", action)
                                .with("cursor", cursor)
                                .with("limit", Math.min(left, PAGE)));
                if (response.statusCode() != 200) {
                    err.println(Answers.refusal(response));
                    return 1;
                }
                JsonNode answer = new ObjectMapper().readTree(response.body());
                answer.path("events").forEach(out::println);
                if (!answer.hasNonNull("next")) {
                    break;
                }
                cursor = answer.path("next").asText();
            }
            return 0;
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        } finally {
            out.flush();
        }
    }
}
