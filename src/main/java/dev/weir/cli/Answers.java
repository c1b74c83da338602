package dev.weir.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;

/** Turns the server's answers into lines for a terminal. */
final class Answers {

    private Answers() {}

    /** Returns what a refusal says, in a line. */
    static String refusal(HttpResponse<String> response) {
        return refusal(response.statusCode(), response.body());
    }

    static String refusal(int status, String body) {
        try {
            JsonNode problem = new ObjectMapper().readTree(body);
            if (problem.hasNonNull("detail")) {
                String field = problem.hasNonNull("field")
                        ? " (" + problem.path("field").asText() + ")"
                        : "";
                return problem.path("code").asText() + ": "
                        + problem.path("detail").asText() + field;
            }
        } catch (JsonProcessingException e) {
            // Told below as it came.
        }
        return "HTTP " + status + ": " + body;
    }
}
