package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Lists the registry's models, versions and aliases, or those versions that come from somewhere. Exit code 0, or 1 when
 * the registry or a part of it can't be read.
 */
@Command(
        name = "models",
        description = "List the registry's models, versions and aliases.",
        subcommands = {ModelsDiffCommand.class, ModelsRevokeCommand.class, ModelsDeleteCommand.class},
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {

    /** {@code sha256:} and twelve digits. */
    private static final int DIGEST_LENGTH = 19;

    @Mixin
    ServerOption server;

    @Option(names = "--refresh", description = "Read the registry first, and serve what follows from it.")
    boolean refresh;

    @Option(names = "--retry", description = "With --refresh, load versions again that failed or are quarantined.")
    boolean retry;

    @ArgGroup(exclusive = false, heading = "Versions by where they come from:%n")
    @Nullable
    LineageOptions lineage;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try {
            if (refresh || lineage == null) {
                HttpResponse<String> response = refresh
                        ? server.post("/api/v1/registry/refresh?retry=" + retry, new byte[0])
                        : server.get("/api/v1/registry");
                if (response.statusCode() != 200) {
                    err.println(Answers.refusal(response));
                    return 1;
                }
                if (lineage == null) {
                    return print(out, new ObjectMapper().readTree(response.body()));
                }
            }
            return lineage.find(server, out, err);
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        } finally {
            out.flush();
        }
    }

    private static int print(PrintWriter out, JsonNode answer) {
        out.printf("%-24s %-16s %-12s %s%n", "MODEL", "VERSION", "ALIASES", "STATE");
        boolean readable = answer.path("readable").asBoolean();
        for (JsonNode model : answer.path("models")) {
            String name = model.path("model").asText();
            for (JsonNode version : model.path("versions")) {
                out.printf(
                        "%-24s %-16s %-12s %s%n",
                        name,
                        version.path("version").asText(),
                        aliases(model.path("aliases"), version.path("version").asText()),
                        state(version));
                if (version.hasNonNull("revoked")) {
                    JsonNode revoked = version.path("revoked");
                    out.printf(
                            "  revoked %s by %s: %s%n",
                            revoked.path("at").asText(),
                            revoked.path("actor").asText(),
                            revoked.path("reason").asText());
                }
                for (JsonNode unmet : version.path("unmet")) {
                    out.println("  unmet"
                            + (unmet.hasNonNull("deployment")
                                    ? " (deployment " + unmet.path("deployment").asText() + ")"
                                    : "")
                            + ": " + unmet.path("reason").asText());
                }
            }
            if (model.hasNonNull("problem")) {
                out.println("  " + name + ": " + model.path("problem").asText());
                readable = false;
            }
        }
        if (!answer.path("readable").asBoolean()) {
            out.println("The registry can't be read: " + answer.path("problem").asText());
            if (answer.hasNonNull("cachedAt")) {
                out.println("This is from the cache, as of "
                        + answer.path("cachedAt").asText() + ".");
            }
        }
        return readable ? 0 : 1;
    }

    private static String state(JsonNode version) {
        List<String> load = new ArrayList<>();
        if (version.hasNonNull("digest")) {
            load.add(shortened(version.path("digest").asText()));
        }
        if (version.hasNonNull("loadMillis")) {
            load.add(version.path("loadMillis").asLong() + " ms");
        }
        return version.path("state").asText()
                + (load.isEmpty() ? "" : " (" + String.join(", ", load) + ")")
                + (version.hasNonNull("reason") ? ": " + version.path("reason").asText() : "");
    }

    /** Returns the beginning of a digest, enough to tell versions apart. */
    private static String shortened(String digest) {
        return digest.substring(0, Math.min(digest.length(), DIGEST_LENGTH));
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
