package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows how two versions differ. Exit code 0, or 1 when the server refuses or can't be reached. */
@Command(name = "diff", description = "Show how two versions of a model differ.", mixinStandardHelpOptions = true)
final class ModelsDiffCommand implements Callable<Integer> {

    @Mixin
    ServerOption server;

    @Parameters(index = "0", paramLabel = "MODEL", description = "The model.")
    String model;

    @Parameters(index = "1", paramLabel = "A", description = "A version or an @alias.")
    String from;

    @Parameters(index = "2", paramLabel = "B", description = "A version or an @alias.")
    String to;

    @Option(names = "--json", description = "Print the server's own answer.")
    boolean json;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        HttpResponse<String> response;
        try {
            response = server.get("/api/v1/models/" + VersionArguments.name(spec, model) + "/diff?from=" + version(from)
                    + "&to=" + version(to));
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return 1;
        }
        if (response.statusCode() != 200) {
            err.println(Answers.refusal(response));
            return 1;
        }
        if (json) {
            out.println(response.body());
        } else {
            print(out, new ObjectMapper().readTree(response.body()));
        }
        out.flush();
        return 0;
    }

    private String version(String text) {
        return text.startsWith("@")
                ? "%40" + VersionArguments.name(spec, text.substring(1))
                : VersionArguments.name(spec, text);
    }

    private static void print(PrintWriter out, JsonNode answer) {
        if (answer.path("changes").isEmpty()) {
            out.println("The manifests of " + answer.path("from").asText() + " and "
                    + answer.path("to").asText() + " say the same.");
            return;
        }
        int width = "FIELD".length();
        int left = answer.path("from").asText().length();
        for (JsonNode change : answer.path("changes")) {
            width = Math.max(width, change.path("field").asText().length());
            left = Math.max(left, value(change.path("from")).length());
        }
        String format = "%-" + width + "s  %-" + left + "s  %s%n";
        out.printf(
                format, "FIELD", answer.path("from").asText(), answer.path("to").asText());
        for (JsonNode change : answer.path("changes")) {
            String difference = change.hasNonNull("difference")
                    ? "  (" + signed(change.path("difference").decimalValue()) + ")"
                    : "";
            out.printf(
                    format,
                    change.path("field").asText(),
                    value(change.path("from")),
                    value(change.path("to")) + difference);
        }
    }

    private static String value(JsonNode value) {
        return value.isNull() || value.isMissingNode() ? "-" : value.asText();
    }

    /** Returns a difference with its sign, without the last digits, which only tell how computers subtract. */
    private static String signed(BigDecimal difference) {
        String text = difference.round(new MathContext(6)).stripTrailingZeros().toPlainString();
        return difference.signum() > 0 ? "+" + text : text;
    }
}
