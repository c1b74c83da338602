package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code manifest.json}, schema 1.x. Strict: an unknown field, a duplicate key or a missing value refuses the
 * version and names the place, because a typing error in a manifest would otherwise change what serves.
 */
final class ManifestReader {

    /** The most values, names and brackets of a manifest, each of which takes more memory than it has characters. */
    private static final int MAX_TOKENS = 500_000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(MAX_TOKENS)
                            .build())
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
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

    private static final String NO_OBJECT = "must be one JSON object, and nothing after it";

    /** How Jackson begins what it says of a key that occurs twice; the key follows in quotes. */
    private static final String DUPLICATE = "Duplicate field ";

    private ManifestReader() {}

    /**
     * Reads a manifest.
     *
     * @throws ArtifactRejected naming the field that is wrong
     */
    static ModelManifest read(byte[] json) {
        ManifestDocument document = document(json);
        try {
            return manifest(document);
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected("manifest: " + e.getMessage(), e);
        } catch (RequestRejected e) {
            throw new ArtifactRejected("manifest: " + e.field() + ": " + e.publicMessage(), e);
        }
    }

    /**
     * Reads a manifest that may lack what another part of a registration says.
     *
     * @throws ArtifactRejected naming the field that is unknown or has the wrong type
     */
    static ManifestDocument document(byte[] json) {
        ManifestDocument document;
        try {
            document = JSON.readValue(json, ManifestDocument.class);
        } catch (JsonProcessingException e) {
            throw new ArtifactRejected("manifest: " + explain(e), e);
        } catch (IOException e) {
            throw new ArtifactRejected("manifest: can't be read", e);
        }
        if (document == null) {
            throw new ArtifactRejected("manifest: " + NO_OBJECT);
        }
        return document;
    }

    private static String explain(JsonProcessingException e) {
        // What is wrong with the text itself comes wrapped once the reader is inside a value.
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof JsonParseException syntax) {
                return explainText(syntax);
            }
            if (cause instanceof StreamConstraintsException) {
                return "is nested too deeply, or holds too long a number or text, or more than " + MAX_TOKENS
                        + " values";
            }
        }
        if (!(e instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
            return NO_OBJECT;
        }
        return switch (mapping) {
            case UnrecognizedPropertyException unknown -> "unknown field '" + path(unknown) + "'";
            case InvalidNullException empty -> "field '" + path(empty) + "' must not be null";
            default -> "field '" + path(mapping) + "' has the wrong type";
        };
    }

    private static String explainText(JsonParseException e) {
        String line = "line " + e.getLocation().getLineNr();
        String message = e.getOriginalMessage();
        return message.startsWith(DUPLICATE)
                ? "duplicate field " + message.substring(DUPLICATE.length()) + ", " + line
                : "no valid JSON, " + line;
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

    private static ModelManifest manifest(ManifestDocument document) {
        String schema = require(document.schemaVersion(), "schema_version");
        if (!schema.matches("1\\.[0-9]+")) {
            throw new ArtifactRejected("manifest: schema_version must be 1.x");
        }
        return new ModelManifest(
                new VersionRef(require(document.model(), "model"), require(document.version(), "version")),
                require(document.format(), "format"),
                document.description() == null ? "" : document.description(),
                files(require(document.files(), "files")),
                SignatureJson.read(require(document.signature(), "signature")),
                session(document.session()),
                GoldenReader.read(document.golden() == null ? List.of() : document.golden()),
                LineageReader.read(document.lineage()),
                document.profile());
    }

    private static List<ArtifactFile> files(List<ManifestDocument.FileEntry> entries) {
        List<ArtifactFile> files = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            ManifestDocument.FileEntry entry = entries.get(i);
            String place = "files[" + i + "]";
            files.add(new ArtifactFile(
                    require(entry.path(), place + ".path"),
                    require(entry.sha256(), place + ".sha256"),
                    require(entry.bytes(), place + ".bytes")));
        }
        return files;
    }

    private static SessionSettings session(ManifestDocument.@Nullable Session session) {
        if (session == null) {
            return SessionSettings.DEFAULT;
        }
        SessionSettings defaults = SessionSettings.DEFAULT;
        return new SessionSettings(
                session.executionProvider() == null
                        ? defaults.executionProvider()
                        : word(
                                SessionSettings.ExecutionProvider.class,
                                session.executionProvider(),
                                "session.execution_provider"),
                session.intraOpThreads() == null ? defaults.intraOpThreads() : session.intraOpThreads(),
                session.graphOptimization() == null
                        ? defaults.graphOptimization()
                        : word(
                                SessionSettings.GraphOptimization.class,
                                session.graphOptimization(),
                                "session.graph_optimization"),
                session.deterministic() == null ? defaults.deterministic() : session.deterministic());
    }

    private static <E extends Enum<E>> E word(Class<E> words, String word, String field) {
        for (E constant : words.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(word)) {
                return constant;
            }
        }
        throw new ArtifactRejected("manifest: " + field + " is none of the words it may be");
    }

    /** Returns a value, which must be there. */
    static <T> T require(@Nullable T value, String field) {
        if (value == null) {
            throw new ArtifactRejected("manifest: field '" + field + "' is missing");
        }
        return value;
    }
}
