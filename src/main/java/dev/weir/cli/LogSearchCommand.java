package dev.weir.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Prints records of predictions, one JSON document to a line, as they come. Exit code 0, or 1 when the server refuses, can't
 * be reached, or the answer breaks off.
 */
@Command(
        name = "search",
        description =
                "Print records of predictions, one JSON document to a line. That you read them is put on record too.",
        mixinStandardHelpOptions = true)
final class LogSearchCommand implements Callable<Integer> {

    @Option(names = "--request-id", description = "The attempts of this request, alone.")
    @Nullable
    String requestId;

    @Option(names = "--inference-id", description = "The attempts with a row of this id of its caller's, alone.")
    @Nullable
    String inferenceId;

    @Option(names = "--from", description = "Attempts that began then or later, such as 2026-01-02T03:04:05Z.")
    @Nullable
    String from;

    @Option(names = "--to", description = "Attempts that began before.")
    @Nullable
    String to;

    @Option(names = "--deployment", description = "The deployment that was called.")
    @Nullable
    String deployment;

    @Option(names = "--model", description = "The model that answered.")
    @Nullable
    String model;

    @Option(names = "--model-version", description = "The version that answered.")
    @Nullable
    String version;

    @Option(names = "--variant", description = "The variant that answered.")
    @Nullable
    String variant;

    @Option(names = "--role", description = "The variant's role: primary, canary, arm, shadow or standby.")
    @Nullable
    String role;

    @Option(names = "--caller", description = "The id of who called.")
    @Nullable
    String caller;

    @Option(names = "--result", description = "How it ended: ok, error, refused, timeout, rejected or cancelled.")
    @Nullable
    String result;

    @Option(names = "--gaps", description = "With marks of missing records.")
    boolean gaps;

    @Option(names = "--newest", description = "The newest first.")
    boolean newest;

    @Option(names = "--limit", description = "The most records, 1 to 1000 (default: no limit).")
    @Nullable
    Integer limit;

    @Option(names = "--no-payload", description = "Without inputs and outputs.")
    boolean noPayload;

    @Option(names = "--outcomes", description = "With what was reported later.")
    boolean outcomes;

    @Option(names = "--reason", description = "Why you read them; kept with the record of the reading.")
    @Nullable
    String reason;

    @Mixin
    ServerOption server;

    @Spec
    CommandSpec spec;

    private String query() {
        return new QueryText()
                .with("request_id", requestId)
                .with("inference_id", inferenceId)
                .with("from", from)
                .with("to", to)
                .with("deployment", deployment)
                .with("model", model)
                .with("version", version)
                .with("variant", variant)
                .with("role", role)
                .with("caller", caller)
                .with("result", result)
                .with("gaps", gaps ? true : null)
                .with("order", newest ? "newest" : null)
                .with("limit", limit)
                .with("payload", noPayload ? false : null)
                .with("outcomes", outcomes ? true : null)
                .with("reason", reason)
                .toString();
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try {
            String refusal = server.stream("/api/v1/predictions" + query(), lines -> lines.forEach(out::println));
            if (refusal != null) {
                err.println(refusal);
            }
            return refusal == null ? 0 : 1;
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        } finally {
            out.flush();
        }
    }
}
