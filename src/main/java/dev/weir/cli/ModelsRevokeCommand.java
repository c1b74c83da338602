package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Takes a version out of service for good. Exit code 0 even if a deployment serves nothing now, which is printed, or 1
 * when the server refuses or can't be reached.
 */
@Command(
        name = "revoke",
        description = "Take a version out of service for good; its files stay.",
        mixinStandardHelpOptions = true)
final class ModelsRevokeCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    ServerOption server;

    @Mixin
    VersionArguments arguments;

    @Option(names = "--reason", required = true, description = "Why; kept beside the version.")
    String reason;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        HttpResponse<String> response;
        try {
            response = server.post(arguments.path(spec) + "/revoke", JSON.writeValueAsBytes(Map.of("reason", reason)));
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        }
        if (response.statusCode() != 200) {
            err.println(Answers.refusal(response));
            return 1;
        }
        JsonNode answer = JSON.readTree(response.body());
        out.println(arguments.model + "/" + arguments.version + " is revoked");
        if (answer.path("untold").asBoolean()) {
            out.println(
                    "  the registry can't be written now and is told once it can be; other servers do not know yet");
        }
        for (JsonNode deployment : answer.path("deployments")) {
            out.println("  " + deployment.path("name").asText() + " serves "
                    + (deployment.hasNonNull("serves")
                            ? deployment.path("serves").asText()
                            : "nothing")
                    + (deployment.hasNonNull("problem")
                            ? ": " + deployment.path("problem").asText()
                            : ""));
        }
        out.flush();
        return 0;
    }
}
