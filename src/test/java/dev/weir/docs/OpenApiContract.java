package dev.weir.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** An OpenAPI document as a contract: which operations there are, and what breaks what it says of one. */
final class OpenApiContract {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode document;
    private final JsonSchemaFactory schemas = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private final SchemaValidatorsConfig settings =
            SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

    /** Reads a document; objects may have no other fields than it lists. */
    OpenApiContract(String json) throws IOException {
        document = (ObjectNode) JSON.readTree(json);
        close(document.at("/components/schemas"));
    }

    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object && object.has("properties") && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        node.forEach(OpenApiContract::close);
    }

    /** Returns every operation as method and path template, such as {@code GET /v2}. */
    SortedSet<String> operations() {
        SortedSet<String> operations = new TreeSet<>();
        for (String path : paths()) {
            document.get("paths").get(path).fieldNames().forEachRemaining(method -> {
                if (!method.equals("parameters")) {
                    operations.add(method.toUpperCase(Locale.ROOT) + " " + path);
                }
            });
        }
        return operations;
    }

    /** Returns every path template. */
    List<String> paths() {
        List<String> paths = new ArrayList<>();
        document.get("paths").fieldNames().forEachRemaining(paths::add);
        return paths;
    }

    /** Says whether a path fits a template. */
    boolean hasPath(String path) {
        return paths().stream()
                .anyMatch(template ->
                        Pattern.matches(Pattern.quote(template).replaceAll("\\{\\w+}", "\\\\E[^/]+\\\\Q"), path));
    }

    /** Returns the statuses that an operation lists by number. */
    SortedSet<Integer> statuses(String operation) {
        SortedSet<Integer> statuses = new TreeSet<>();
        operation(operation).get("responses").fieldNames().forEachRemaining(status -> {
            if (!status.equals("default")) {
                statuses.add(Integer.valueOf(status));
            }
        });
        return statuses;
    }

    /** Returns how a JSON request body breaks what its operation says, one sentence each. */
    List<String> violations(String operation, String contentType, byte[] body) throws IOException {
        JsonNode media =
                resolve(operation(operation).get("requestBody")).get("content").get(contentType);
        return media == null
                ? List.of("the request's content type " + contentType + " is not listed")
                : violations(media, contentType, body);
    }

    /** Returns how a response breaks what its operation says, one sentence each. */
    List<String> violations(String operation, HttpResponse<byte[]> response) throws IOException {
        JsonNode responses = operation(operation).get("responses");
        JsonNode said = responses.get(Integer.toString(response.statusCode()));
        if (said == null && response.statusCode() >= 400) {
            said = responses.get("default");
        }
        if (said == null) {
            return List.of("status " + response.statusCode() + " is not listed");
        }
        said = resolve(said);
        List<String> violations = new ArrayList<>(headerViolations(said, response));
        String contentType =
                response.headers().firstValue("Content-Type").orElse("none").replaceFirst(";.*", "");
        JsonNode media = said.at("/content").get(contentType);
        if (media == null) {
            violations.add("content type " + contentType + " is not listed");
        } else {
            violations.addAll(violations(media, contentType, response.body()));
        }
        return violations;
    }

    private List<String> headerViolations(JsonNode said, HttpResponse<byte[]> response) {
        List<String> violations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : said.path("headers").properties()) {
            JsonNode header = resolve(entry.getValue());
            Optional<String> value = response.headers().firstValue(entry.getKey());
            if (value.isPresent()) {
                validate(header.get("schema"), new TextNode(value.get()))
                        .forEach(message -> violations.add("header " + entry.getKey() + message));
            } else if (header.path("required").asBoolean()) {
                violations.add("header " + entry.getKey() + " is missing");
            }
        }
        return violations;
    }

    private List<String> violations(JsonNode media, String contentType, byte[] body) throws IOException {
        boolean json = contentType.equals("application/json") || contentType.endsWith("+json");
        return json ? validate(media.get("schema"), JSON.readTree(body)) : List.of();
    }

    private List<String> validate(JsonNode schema, JsonNode value) {
        ObjectNode whole = ((ObjectNode) schema).deepCopy();
        whole.set("components", document.get("components"));
        return schemas.getSchema(whole, settings).validate(value).stream()
                .map(ValidationMessage::getMessage)
                .toList();
    }

    private JsonNode operation(String operation) {
        int space = operation.indexOf(' ');
        return document.get("paths")
                .get(operation.substring(space + 1))
                .get(operation.substring(0, space).toLowerCase(Locale.ROOT));
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
    }
}
