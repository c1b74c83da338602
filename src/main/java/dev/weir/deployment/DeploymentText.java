package dev.weir.deployment;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.weir.failure.ConfigurationRejected;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;

/**
 * Turns a deployment file's text into a document, whatever that means, or says why it is none.
 *
 * <p>YAML without what makes it dangerous or surprising: one document per file; no anchors and aliases, which can grow
 * without bound, and which the reader below takes for texts; no key twice; a number is never taken for a text.
 */
final class DeploymentText {

    private static final int MAX_CHARACTERS = 1 << 20;
    private static final int MAX_DEPTH = 16;

    /** How Jackson begins what it says of a key that occurs twice; the key follows in quotes. */
    private static final String DUPLICATE = "Duplicate field ";

    private static final String NO_MAPPING = "a deployment is a mapping of keys to values";

    private static final YAMLMapper YAML = YAMLMapper.builder(
                    YAMLFactory.builder().loaderOptions(loaderOptions()).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(LogicalType.Textual, coercion -> coercion.setCoercion(
                            CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .build();

    private DeploymentText() {}

    private static LoaderOptions loaderOptions() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        return options;
    }

    /**
     * Reads a text.
     *
     * @throws ConfigurationRejected with the first mistake in it
     */
    static DeploymentDocument read(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw refusal(0, "the file has more than " + MAX_CHARACTERS + " characters");
        }
        requirePlain(text);
        DeploymentDocument document;
        try {
            document = YAML.readValue(text, DeploymentDocument.class);
        } catch (JsonProcessingException e) {
            throw refusal(e);
        }
        if (document == null) {
            throw refusal(0, "the file is empty");
        }
        return document;
    }

    private static void requirePlain(String text) {
        int documents = 0;
        int depth = 0;
        try {
            for (Event event : new Yaml(loaderOptions()).parse(new StringReader(text))) {
                if (event instanceof NodeEvent node && node.getAnchor() != null) {
                    throw refusal(line(event), "anchors and aliases are not supported");
                }
                switch (event) {
                    case DocumentStartEvent start -> documents++;
                    case CollectionStartEvent open -> depth++;
                    case CollectionEndEvent close -> depth--;
                    default -> {}
                }
                if (documents > 1) {
                    throw refusal(line(event), "one file holds one deployment");
                }
                if (depth > MAX_DEPTH) {
                    throw refusal(line(event), "the file is nested too deeply");
                }
                if (depth == 0
                        && event instanceof ScalarEvent scalar
                        && !scalar.getValue().isEmpty()) {
                    throw refusal(line(event), NO_MAPPING);
                }
            }
        } catch (MarkedYAMLException e) {
            throw refusal(line(e.getProblemMark()), "no valid YAML");
        } catch (YAMLException e) {
            throw refusal(0, "no valid YAML");
        }
        if (documents == 0) {
            throw refusal(0, "the file is empty");
        }
    }

    private static int line(Event event) {
        return line(event.getStartMark());
    }

    private static int line(Mark mark) {
        return Optional.ofNullable(mark).map(each -> each.getLine() + 1).orElse(0);
    }

    private static ConfigurationRejected refusal(JsonProcessingException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return refusal(0, "unknown field '" + path(unknown) + "'"); // where is known no more by then
        }
        int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        // What is wrong with the text itself comes wrapped once the reader is inside a value.
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof JsonParseException syntax) {
                String message = syntax.getOriginalMessage();
                return refusal(
                        line,
                        message.startsWith(DUPLICATE)
                                ? "duplicate field " + message.substring(DUPLICATE.length())
                                : "no valid YAML");
            }
        }
        return refusal(
                line,
                switch (e) {
                    case MismatchedInputException mismatch
                    when mismatch.getTargetType() == String.class ->
                        "'" + path(mismatch) + "' must be a text; what looks like a number or a boolean needs quotes";
                    case JsonMappingException mapping when mapping.getPath().isEmpty() -> NO_MAPPING;
                    case JsonMappingException mapping -> "'" + path(mapping) + "' has the wrong type";
                    default -> "no valid YAML";
                });
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static ConfigurationRejected refusal(int line, String what) {
        return new ConfigurationRejected(List.of(line > 0 ? "line " + line + ": " + what : what));
    }
}
