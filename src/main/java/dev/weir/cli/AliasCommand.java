package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.inference.Names;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Moves aliases and tells their history. Exit code 0, or 1 when the server refuses, can't be reached, or a deployment
 * could not follow.
 */
@Command(
        name = "alias",
        description = "Move an alias of a model, move it back, or tell its history.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(set | revert | log)")
final class AliasCommand {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    CommandSpec spec;

    @Command(name = "set", description = "Point an alias to a version.", mixinStandardHelpOptions = true)
    int set(
            @Mixin ServerOption server,
            @Parameters(paramLabel = "MODEL", description = "The model.") String model,
            @Parameters(paramLabel = "@ALIAS", description = "The alias, such as @champion.") String alias,
            @Parameters(paramLabel = "VERSION", description = "The version.") String version,
            @Option(names = "--reason", required = true, description = "Why; kept in the history.") String reason)
            throws JsonProcessingException {
        byte[] body = JSON.writeValueAsBytes(Map.of("version", version, "reason", reason));
        return run(() -> moved(server.put(path(model, alias), body)));
    }

    @Command(
            name = "revert",
            description = "Point an alias back to where it pointed before its last move.",
            mixinStandardHelpOptions = true)
    int revert(
            @Mixin ServerOption server,
            @Parameters(paramLabel = "MODEL", description = "The model.") String model,
            @Parameters(paramLabel = "@ALIAS", description = "The alias, such as @champion.") String alias,
            @Option(names = "--reason", required = true, description = "Why; kept in the history.") String reason)
            throws JsonProcessingException {
        byte[] body = JSON.writeValueAsBytes(Map.of("reason", reason));
        return run(() -> moved(server.post(path(model, alias) + "/revert", body)));
    }

    @Command(name = "log", description = "Tell who moved an alias, when and why.", mixinStandardHelpOptions = true)
    int log(
            @Mixin ServerOption server,
            @Parameters(paramLabel = "MODEL", description = "The model.") String model,
            @Parameters(paramLabel = "@ALIAS", description = "The alias, such as @champion.") String alias) {
        return run(() -> history(server.get(path(model, alias) + "/history")));
    }

    private String path(String model, String alias) {
        return "/api/v1/models/" + name(model) + "/aliases/" + name(alias.startsWith("@") ? alias.substring(1) : alias);
    }

    private String name(String text) {
        if (!Names.isName(text)) {
            throw new ParameterException(
                    spec.commandLine(), "'" + text + "' is no name; it has only A-Z a-z 0-9 . _ -");
        }
        return text;
    }

    /** A request and what to print of its answer. */
    @FunctionalInterface
    private interface Action {
        int run() throws ServerOption.Unreachable, JsonProcessingException;
    }

    private int run(Action action) {
        try {
            return action.run();
        } catch (ServerOption.Unreachable e) {
            err().println(e.getMessage());
        } catch (JsonProcessingException e) {
            err().println("the server's answer is no JSON");
        }
        return 1;
    }

    private int moved(HttpResponse<String> response) throws JsonProcessingException {
        if (response.statusCode() != 200) {
            err().println(Answers.refusal(response));
            return 1;
        }
        JsonNode answer = JSON.readTree(response.body());
        PrintWriter out = spec.commandLine().getOut();
        out.println("@" + answer.path("alias").asText() + " of "
                + answer.path("model").asText() + " is "
                + answer.path("version").asText());
        int exitCode = 0;
        for (JsonNode deployment : answer.path("deployments")) {
            boolean follows = !deployment.hasNonNull("problem");
            out.println("  " + deployment.path("name").asText() + " serves "
                    + (deployment.hasNonNull("serves")
                            ? deployment.path("serves").asText()
                            : "nothing")
                    + (follows ? "" : ": " + deployment.path("problem").asText()));
            exitCode = follows ? exitCode : 1;
        }
        out.flush();
        return exitCode;
    }

    private int history(HttpResponse<String> response) throws JsonProcessingException {
        if (response.statusCode() != 200) {
            err().println(Answers.refusal(response));
            return 1;
        }
        PrintWriter out = spec.commandLine().getOut();
        for (JsonNode move : JSON.readTree(response.body())) {
            out.printf(
                    "%s  %s -> %s  %s: %s%n",
                    move.path("at").asText(),
                    move.hasNonNull("from") ? move.path("from").asText() : "(none)",
                    move.path("to").asText(),
                    move.path("actor").asText(),
                    move.path("reason").asText());
        }
        out.flush();
        return 0;
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
