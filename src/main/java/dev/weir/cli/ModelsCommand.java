package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the registry's models, versions and aliases. Exit code 0, or 1 when the registry can't be read. */
@Command(
        name = "models",
        description = "List the registry's models, versions and aliases.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {

    @Mixin
    ServerOption server;

    @Option(names = "--refresh", description = "Read the registry first, and serve what follows from it.")
    boolean refresh;

    @Option(names = "--retry", description = "With --refresh, load versions again that failed.")
    boolean retry;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        HttpResponse<String> response;
        try {
            response = refresh
                    ? server.post("/api/v1/registry/refresh?retry=" + retry, new byte[0])
                    : server.get("/api/v1/registry");
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        }
        if (response.statusCode() != 200) {
            err.println(Answers.refusal(response));
            return 1;
        }
        JsonNode answer = new ObjectMapper().readTree(response.body());
        out.printf("%-24s %-16s %-12s %s%n", "MODEL", "VERSION", "ALIASES", "STATE");
        for (JsonNode model : answer.path("models")) {
            for (JsonNode version : model.path("versions")) {
                out.printf(
                        "%-24s %-16s %-12s %s%n",
                        model.path("model").asText(),
                        version.path("version").asText(),
                        aliases(model.path("aliases"), version.path("version").asText()),
                        version.path("state").asText()
                                + (version.hasNonNull("reason")
                                        ? ": " + version.path("reason").asText()
                                        : ""));
            }
        }
        if (!answer.path("readable").asBoolean()) {
            out.println("The registry can't be read: " + answer.path("problem").asText());
            if (answer.hasNonNull("cachedAt")) {
                out.println("This is from the cache, as of "
                        + answer.path("cachedAt").asText() + ".");
            }
        }
        out.flush();
        return answer.path("readable").asBoolean() ? 0 : 1;
    }

    private static String aliases(JsonNode aliases, String version) {
        List<String> names = new ArrayList<>();
        aliases.properties().forEach(alias -> {
            if (alias.getValue().asText().equals(version)) {
                names.add("@" + alias.getKey());
            }
        });
        return String.join(",", names);
    }
}
