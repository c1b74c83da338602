package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what a server serves. Exit code 0 when it is ready, 1 when it is not or can't be reached. */
@Command(name = "status", description = "Show what a server serves.", mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {

    @Mixin
    ServerOption server;

    @Option(names = "--json", description = "Print the server's own answer.")
    boolean json;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        HttpResponse<String> response;
        try {
            response = server.get("/api/v1/deployments");
        } catch (ServerOption.Unreachable e) {
            spec.commandLine().getErr().println(e.getMessage());
            return 1;
        }
        if (response.statusCode() != 200) {
            spec.commandLine().getErr().println("HTTP " + response.statusCode() + ": " + response.body());
            return 1;
        }
        JsonNode answer = new ObjectMapper().readTree(response.body());
        if (json) {
            out.println(response.body());
        } else {
            print(out, answer);
        }
        out.flush();
        return answer.path("ready").asBoolean() ? 0 : 1;
    }

    private static void print(PrintWriter out, JsonNode answer) {
        out.printf("%-24s %-20s %-10s %-9s %s%n", "DEPLOYMENT", "MODEL", "VERSION", "ROLE", "STATE");
        for (JsonNode deployment : answer.path("deployments")) {
            for (JsonNode variant : deployment.path("variants")) {
                out.printf(
                        "%-24s %-20s %-10s %-9s %s%n",
                        deployment.path("name").asText(),
                        variant.path("model").asText(),
                        variant.path("version").asText(),
                        variant.path("role").asText(),
                        variant.path("state").asText()
                                + (variant.hasNonNull("reason")
                                        ? ": " + variant.path("reason").asText()
                                        : ""));
            }
            if (deployment.hasNonNull("problem")) {
                out.println("  " + deployment.path("name").asText() + ": "
                        + deployment.path("problem").asText());
            }
        }
        if (answer.hasNonNull("registryCachedAt")) {
            out.println("The registry can't be read; this follows from its cache, as of "
                    + answer.path("registryCachedAt").asText() + ".");
        }
        JsonNode refusal = answer.path("configRefusal");
        if (refusal.isObject() && !refusal.hasNonNull("until")) {
            out.println("The deployment files were refused at "
                    + refusal.path("at").asText() + "; what was applied before goes on serving:");
            for (JsonNode problem : refusal.path("problems")) {
                out.println("  " + problem.asText());
            }
        }
        out.println(answer.path("ready").asBoolean() ? "The server is ready." : "The server is not ready.");
    }
}
