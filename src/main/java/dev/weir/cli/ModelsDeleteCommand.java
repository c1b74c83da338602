package dev.weir.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Deletes a version that nobody needs. Exit code 0, or 1 when the server refuses or can't be reached. */
@Command(
        name = "delete",
        description = "Delete a version and its files, unless somebody needs it.",
        mixinStandardHelpOptions = true)
final class ModelsDeleteCommand implements Callable<Integer> {

    @Mixin
    ServerOption server;

    @Mixin
    VersionArguments arguments;

    @Option(names = "--reason", required = true, description = "Why; kept in the server's log.")
    String reason;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        HttpResponse<String> response;
        try {
            response = server.delete(
                    arguments.path(spec) + "?reason=" + URLEncoder.encode(reason, StandardCharsets.UTF_8));
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        }
        if (response.statusCode() != 200) {
            err.println(Answers.refusal(response));
            return 1;
        }
        out.println(arguments.model + "/" + arguments.version + " is deleted");
        out.flush();
        return 0;
    }
}
