package dev.weir.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weir.api.StatusTable;
import dev.weir.failure.FailureCode;
import dev.weir.fixture.RecordSchema;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parts of documents that the code writes. Pure, but for the sources it reads. */
final class GeneratedSections {

    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path SHIPPED = Path.of("src/main/resources/application.yaml");
    private static final Pattern USE = Pattern.compile("\\bMeters\\.([A-Z_]+)\\s*\\.(counter|timer|gauge)\\(");

    /**
     * No answer of an operation has these: in the open mode nobody is turned away, who left reads no answer, another
     * method is another operation, and only the operators' API minds what its caller accepts and takes models.
     */
    private static final Set<FailureCode> UNSEEN = Set.of(
            FailureCode.UNAUTHENTICATED,
            FailureCode.FORBIDDEN,
            FailureCode.CANCELLED,
            FailureCode.METHOD_NOT_ALLOWED,
            FailureCode.NOT_ACCEPTABLE,
            FailureCode.UNKNOWN_PREDICTION,
            FailureCode.STORE_UNAVAILABLE,
            FailureCode.MODEL_REFUSED);

    private static final Map<Integer, String> HTTP_STATUSES = Map.of(
            400, "The request is at fault",
            404, "There is no such thing",
            408, "The body took too long to arrive",
            409, "It does not go with what was asked before",
            413, "The body is too large",
            415, "The body has a form that is not read here",
            500, "The server or the model failed",
            503, "There is no room, or the model is not ready",
            504, "The deadline passed");

    private static final String RETRY_AFTER = """
                    Retry-After:
                      $ref: "#/components/headers/Retry-After"
            """;

    private final SourceDocs sources;
    private final Map<String, Supplier<String>> sections;

    GeneratedSections() throws IOException {
        sources = SourceDocs.read(SOURCES);
        JsonNode shipped = new YAMLMapper().readTree(SHIPPED.toFile());
        String code = sourceText();
        sections = Map.of(
                "errors",
                this::errors,
                "configuration",
                () -> configuration(shipped),
                "meters",
                () -> meters(code),
                "log-keys",
                () -> logKeys(code),
                "openapi-codes",
                GeneratedSections::openApiCodes,
                "openapi-errors",
                GeneratedSections::openApiErrors,
                "openapi-records",
                GeneratedSections::openApiRecords);
    }

    private static String sourceText() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            StringBuilder text = new StringBuilder();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file));
            }
            return text.toString();
        }
    }

    /** Returns a section. */
    String render(String name) {
        Supplier<String> section = sections.get(name);
        if (section == null) {
            throw new IllegalArgumentException("no section '" + name + "'; there are " + sections.keySet());
        }
        return section.get();
    }

    private String errors() {
        List<List<String>> rows = new ArrayList<>();
        for (FailureCode code : FailureCode.values()) {
            rows.add(List.of(
                    "`" + code + "`",
                    Integer.toString(StatusTable.http(code)),
                    "`" + StatusTable.grpc(code) + "`",
                    sources.comment(FailureCode.class, code.name())));
        }
        return table(List.of("Code", "HTTP", "gRPC", "Meaning"), rows);
    }

    private String configuration(JsonNode shipped) {
        StringBuilder text = new StringBuilder();
        for (SourceDocs.ConfigGroup group : sources.configuration()) {
            List<List<String>> rows = new ArrayList<>();
            for (SourceDocs.ConfigKey key : group.keys()) {
                JsonNode set = shipped.at("/" + key.name().replace('.', '/'));
                String value = set.isMissingNode() ? key.fallback() : text(set);
                rows.add(List.of(
                        "`" + key.name() + "`",
                        key.type(),
                        value == null ? "none" : "`" + value + "`",
                        "`" + key.name().toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_") + "`",
                        key.meaning()));
            }
            text.append("### `").append(group.prefix()).append("`\n\n");
            text.append(group.meaning()).append("\n\n");
            text.append(table(List.of("Key", "Value", "Default", "Environment variable", "Meaning"), rows));
            text.append('\n');
        }
        return text.toString().stripTrailing() + "\n";
    }

    private static String text(JsonNode set) {
        return set.isObject()
                ? set.properties().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue().asText())
                        .collect(Collectors.joining(", "))
                : set.asText();
    }

    private String meters(String code) {
        Map<String, String> kinds = new TreeMap<>();
        for (Matcher use = USE.matcher(code); use.find(); ) {
            kinds.put(use.group(1), use.group(2));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Meters meter : Meters.values()) {
            String kind = kinds.get(meter.name());
            if (kind != null) {
                rows.add(List.of(
                        "`" + meter.prometheusName() + suffix(kind) + "`",
                        kind.equals("timer") ? "histogram" : kind,
                        meter.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")),
                        meter.help()));
            }
        }
        return table(List.of("Name", "Kind", "Labels", "Meaning"), rows);
    }

    private static String suffix(String kind) {
        return switch (kind) {
            case "counter" -> "_total";
            case "timer" -> "_seconds";
            default -> "";
        };
    }

    /** Lists the keys; one that no line carries would be a promise. */
    private String logKeys(String code) {
        List<List<String>> rows = new ArrayList<>();
        for (LogKey key : LogKey.values()) {
            if (!Pattern.compile("\\bLogKey\\." + key.name() + "\\b")
                    .matcher(code)
                    .find()) {
                throw new IllegalStateException("no log line carries " + key);
            }
            rows.add(List.of("`" + key.spelling() + "`", sources.comment(LogKey.class, key.name())));
        }
        return table(List.of("Key", "Meaning"), rows);
    }

    private static String openApiCodes() {
        return Stream.of(FailureCode.values())
                .map(code -> "        - " + code + "\n")
                .collect(Collectors.joining());
    }

    private static String openApiErrors() {
        SortedMap<Integer, List<String>> codes = new TreeMap<>();
        for (FailureCode code : FailureCode.values()) {
            if (!UNSEEN.contains(code)) {
                codes.computeIfAbsent(StatusTable.http(code), status -> new ArrayList<>())
                        .add(code.name());
            }
        }
        StringBuilder text = new StringBuilder();
        codes.forEach((status, names) -> text.append("""
                    Error%d:
                      description: "%s: %s."
                      headers:
                        X-Request-Id:
                          $ref: "#/components/headers/X-Request-Id"
                %s      content:
                        application/json:
                          schema:
                            $ref: "#/components/schemas/Error"
                """.formatted(
                status, HTTP_STATUSES.get(status), String.join(", ", names), status == 503 ? RETRY_AFTER : "")));
        return text.toString();
    }

    /** Copies the schema of records, whose definitions are components here. */
    private static String openApiRecords() {
        try {
            String definitions = new YAMLMapper()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .writeValueAsString(RecordSchema.document().get("$defs"));
            return definitions.replace("#/$defs/", "#/components/schemas/").indent(4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(List<String> head, List<List<String>> rows) {
        StringBuilder text = new StringBuilder(row(head));
        text.append("|").append(" --- |".repeat(head.size())).append('\n');
        rows.forEach(row -> text.append(row(row)));
        return text.toString();
    }

    private static String row(List<String> cells) {
        return "| " + cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ")) + " |\n";
    }
}
