package dev.weir.cli;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a request body to a deployment and prints the answer. */
@Command(
        name = "predict",
        description = "Send a request and print the answer.",
        mixinStandardHelpOptions = true,
        footer = "A body with \"instances\" is sent to v1 predict, any other to v2 infer.")
final class PredictCommand implements Callable<Integer> {

    @Parameters(index = "0", description = "The deployment to call.")
    String deployment = "";

    @Parameters(index = "1", description = "A file with the JSON body; - reads standard input.")
    String file = "-";

    @Mixin
    ServerOption server;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        byte[] body;
        try {
            body = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            spec.commandLine().getErr().println("can't read " + file);
            return 1;
        }
        if (!deployment.matches("[A-Za-z0-9._-]{1,128}")) {
            spec.commandLine().getErr().println("a deployment's name has only A-Z a-z 0-9 . _ -");
            return 2;
        }
        boolean rows = new String(body, StandardCharsets.UTF_8).contains("\"instances\"");
        try {
            HttpResponse<String> response = server.post(
                    rows ? "/v1/models/" + deployment + ":predict" : "/v2/models/" + deployment + "/infer", body);
            boolean ok = response.statusCode() == 200;
            (ok ? spec.commandLine().getOut() : spec.commandLine().getErr()).println(response.body());
            return ok ? 0 : 1;
        } catch (ServerOption.Unreachable e) {
            spec.commandLine().getErr().println(e.getMessage());
            return 1;
        }
    }
}
