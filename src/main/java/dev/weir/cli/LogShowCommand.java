package dev.weir.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the record of a prediction as JSON. Exit code 0, or 1 when there is none, or the server can't be reached. */
@Command(
        name = "show",
        description = "Print the record of a prediction. That you read it is put on record too.",
        mixinStandardHelpOptions = true)
final class LogShowCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ID", description = "The prediction's id, or one with :ROW behind it.")
    String id = "";

    @Option(names = "--no-payload", description = "Without inputs and outputs.")
    boolean noPayload;

    @Option(names = "--outcomes", description = "With what was reported later.")
    boolean outcomes;

    @Option(names = "--reason", description = "Why you read it; kept with the record of the reading.")
    @Nullable
    String reason;

    @Mixin
    ServerOption server;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try {
            HttpResponse<String> response = server.get("/api/v1/predictions/"
                    + URLEncoder.encode(id, StandardCharsets.UTF_8)
                    + new QueryText()
                            .with("payload", noPayload ? false : null)
                            .with("outcomes", outcomes ? true : null)
                            .with("reason", reason));
            boolean found = response.statusCode() == 200;
            (found ? out : err).println(found ? response.body() : Answers.refusal(response));
            out.flush();
            return found ? 0 : 1;
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        }
    }
}
