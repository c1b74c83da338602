package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reports what came true. Exit code 0, or 1 when something was rejected or the server can't be reached. */
@Command(
        name = "outcome",
        description = "Report what came true of predictions.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "send")
final class OutcomeCommand {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Lines that are sent at once. */
    private static final int CHUNK = 5_000;

    @Spec
    CommandSpec spec;

    @Command(
            name = "send",
            description = {
                "Send a file of outcomes, one JSON object to a line, such as",
                "{\"prediction_id\": \"…\", \"value\": true}. Safe to repeat."
            },
            mixinStandardHelpOptions = true)
    int send(
            @Mixin ServerOption server,
            @Parameters(paramLabel = "FILE", description = "The file; - reads standard input.") String file)
            throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Map<String, Long> counts = new TreeMap<>();
        try (BufferedReader lines = open(file)) {
            long before = 0;
            for (int read = CHUNK; read == CHUNK; before += read) {
                ByteArrayOutputStream chunk = new ByteArrayOutputStream();
                String line;
                for (read = 0; read < CHUNK && (line = lines.readLine()) != null; read++) {
                    chunk.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
                }
                if (read > 0 && !send(server, chunk.toByteArray(), before, counts, err)) {
                    return 1;
                }
            }
        } catch (IOException e) {
            err.println("can't read " + file);
            return 1;
        } finally {
            counts.forEach((result, count) -> out.println(result + " " + count));
            out.flush();
        }
        return counts.containsKey("rejected") ? 1 : 0;
    }

    private static BufferedReader open(String file) throws IOException {
        return file.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file));
    }

    private static boolean send(
            ServerOption server, byte[] chunk, long before, Map<String, Long> counts, PrintWriter err)
            throws JsonProcessingException {
        HttpResponse<String> response;
        try {
            response = server.postLines("/api/v1/outcomes", chunk);
        } catch (ServerOption.Unreachable e) {
            err.println(e.getMessage());
            return false;
        }
        if (response.statusCode() != 200) {
            err.println(Answers.refusal(response));
            return false;
        }
        JsonNode answer = JSON.readTree(response.body());
        answer.path("counts")
                .properties()
                .forEach(each -> counts.merge(each.getKey(), each.getValue().asLong(), Long::sum));
        for (JsonNode result : answer.path("results")) {
            if (result.path("result").asText().equals("rejected")) {
                err.println("line " + (before + result.path("line").asLong()) + ": "
                        + result.path("code").asText() + ": "
                        + result.path("detail").asText());
            }
        }
        return true;
    }
}
