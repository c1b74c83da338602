package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.inference.Names;
import dev.weir.servable.ArtifactFile;
import java.io.FileNotFoundException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Registers a model version with a server. Exit code 0 when it is there, also if it was before; 1 when it is refused or
 * the server can't be reached; 3 when it is there and its alias did not move.
 */
@Command(
        name = "register",
        description = "Register a model version with a server.",
        footer = {
            "Safe to repeat: a version that is there already, with the same content, stays as it is.",
            "Exits with 3 when the version is registered and the alias could not be moved; repeating tries it again."
        })
final class RegisterCommand implements Callable<Integer> {

    private static final int ALIAS_NOT_MOVED = 3;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = "The model's file, and the other files that it needs, which lie beside it.")
    List<Path> files = List.of();

    @Option(names = "--model", required = true, paramLabel = "NAME", description = "The model's name.")
    String model = "";

    @Option(names = "--version", description = "The version's name (default: the next number).")
    @Nullable
    String version;

    @Option(names = "--manifest", paramLabel = "FILE", description = "What is known of the version; see the docs.")
    @Nullable
    Path manifest;

    @Option(names = "--training", paramLabel = "DATA", description = "A sample of the training data, CSV or Parquet.")
    @Nullable
    Path training;

    @Option(names = "--golden", paramLabel = "FILE", description = "Golden samples, a JSON array as in a manifest.")
    @Nullable
    Path golden;

    @Option(names = "--alias", description = "An alias that shall stand for the version, such as @challenger.")
    @Nullable
    String alias;

    @Option(names = "--reason", description = "Why the alias moves; kept in the history.")
    @Nullable
    String reason;

    @Option(names = "--dry-run", description = "Check everything and register nothing.")
    boolean dryRun;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    boolean help;

    @Mixin
    ServerOption server;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        requireUsage();
        try {
            return answer(server.postForm("/api/v1/models/" + model + "/versions?dry_run=" + dryRun, form()));
        } catch (FileNotFoundException e) {
            err().println("can't read " + e.getMessage());
        } catch (ServerOption.Unreachable e) {
            err().println(e.getMessage());
        } catch (JsonProcessingException e) {
            err().println("the server's answer is no JSON");
        }
        return 1;
    }

    private void requireUsage() {
        if (!Names.isName(model)) {
            throw wrong("'" + model + "' is no name; it has only A-Z a-z 0-9 . _ -");
        }
        if (alias != null && reason == null) {
            throw wrong("--alias needs --reason");
        }
        for (Path file : files) {
            if (!ArtifactFile.isPath(String.valueOf(file.getFileName()))) {
                throw wrong("'" + file.getFileName() + "' is no file name for a model; it has only A-Z a-z 0-9 . _ -");
            }
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private FormBody form() throws FileNotFoundException {
        FormBody form = new FormBody();
        for (Path file : files) {
            form.file("model", file);
        }
        add(form, "manifest", manifest);
        add(form, "training", training);
        add(form, "golden", golden);
        add(form, "version", version);
        add(form, "alias", alias);
        add(form, "reason", reason);
        return form;
    }

    private static void add(FormBody form, String part, @Nullable Path file) throws FileNotFoundException {
        if (file != null) {
            form.file(part, file);
        }
    }

    private static void add(FormBody form, String part, @Nullable String word) {
        if (word != null) {
            form.word(part, word);
        }
    }

    private int answer(HttpResponse<String> response) throws JsonProcessingException {
        if (response.statusCode() != 200 && response.statusCode() != 201) {
            err().println(Answers.refusal(response));
            return 1;
        }
        JsonNode answer = new ObjectMapper().readTree(response.body());
        PrintWriter out = spec.commandLine().getOut();
        out.println(answer.path("model").asText() + "/" + answer.path("version").asText() + " "
                + switch (answer.path("result").asText()) {
                    case "created" -> "is registered";
                    case "unchanged" -> "was there already";
                    default -> "could be registered";
                }
                + ", " + answer.path("digest").asText());
        if (answer.hasNonNull("alias")) {
            out.println("@" + answer.path("alias").asText().replaceFirst("^@", "") + " stands for it");
        }
        out.flush();
        answer.path("warnings").forEach(warning -> err().println("warning: " + warning.asText()));
        answer.path("unmet").forEach(unmet -> err().println("may not serve yet"
                + (unmet.hasNonNull("deployment")
                        ? " in deployment '" + unmet.path("deployment").asText() + "'"
                        : "")
                + ": " + unmet.path("reason").asText()));
        JsonNode problem = answer.path("aliasProblem");
        if (problem.isObject()) {
            err().println("the alias did not move: " + problem.path("code").asText() + ": "
                    + problem.path("detail").asText());
            return ALIAS_NOT_MOVED;
        }
        return 0;
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
