package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where versions come from that are looked for, and how they are printed. */
final class LineageOptions {

    @Option(names = "--training-data", paramLabel = "REF", description = "Of this training data, by its reference.")
    @Nullable
    String trainingData;

    @Option(names = "--training-data-sha256", paramLabel = "SHA256", description = "Of training data of this digest.")
    @Nullable
    String trainingDataSha256;

    @Option(names = "--run-id", paramLabel = "ID", description = "Of this training run.")
    @Nullable
    String runId;

    @Option(names = "--git-commit", paramLabel = "REVISION", description = "Of this revision of the training code.")
    @Nullable
    String gitCommit;

    @Option(names = "--plain", description = "Print model and version only, for other programs.")
    boolean plain;

    /** Asks, page by page, and prints. Exit code 1 when a manifest can't be read, so that versions may be missing. */
    int find(ServerOption server, PrintWriter out, PrintWriter err)
            throws ServerOption.Unreachable, JsonProcessingException {
        if (!plain) {
            out.printf("%-24s %-16s %-12s %s%n", "MODEL", "VERSION", "STATE", "SERVES");
        }
        int exitCode = 0;
        @Nullable String after = null;
        do {
            HttpResponse<String> response = server.get("/api/v1/registry/versions" + query(after));
            if (response.statusCode() != 200) {
                err.println(Answers.refusal(response));
                return 1;
            }
            JsonNode answer = new ObjectMapper().readTree(response.body());
            answer.path("versions").forEach(version -> print(out, version));
            for (JsonNode unread : answer.path("unread")) {
                exitCode = 1;
                err.println(name(unread) + " can't be read: "
                        + unread.path("reason").asText());
            }
            after = answer.hasNonNull("next") ? answer.path("next").asText() : null;
        } while (after != null);
        return exitCode;
    }

    private String query(@Nullable String after) {
        StringBuilder query = new StringBuilder();
        add(query, "training_data", trainingData);
        add(query, "training_data_sha256", trainingDataSha256);
        add(query, "run_id", runId);
        add(query, "git_commit", gitCommit);
        add(query, "after", after);
        return query.toString();
    }

    private static void add(StringBuilder query, String name, @Nullable String value) {
        if (value != null) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(name)
                    .append('=')
                    .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    private void print(PrintWriter out, JsonNode version) {
        if (plain) {
            out.println(version.path("model").asText() + " "
                    + version.path("version").asText());
            return;
        }
        List<String> serves = new ArrayList<>();
        version.path("serves")
                .forEach(each -> serves.add(each.path("deployment").asText() + " ("
                        + each.path("role").asText() + ")"));
        out.printf(
                "%-24s %-16s %-12s %s%n",
                version.path("model").asText(),
                version.path("version").asText(),
                version.hasNonNull("revoked")
                        ? "REVOKED"
                        : version.path("state").asText(),
                String.join(", ", serves));
    }

    private static String name(JsonNode version) {
        return version.path("model").asText() + "/" + version.path("version").asText();
    }
}
