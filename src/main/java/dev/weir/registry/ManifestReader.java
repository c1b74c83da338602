package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Shape;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.TensorJsonReader;
import dev.weir.inference.TensorSpec;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.Lineage;
import dev.weir.servable.ModelManifest;
import dev.weir.servable.SessionSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
                signature(require(document.signature(), "signature")),
                session(document.session()),
                golden(document.golden() == null ? List.of() : document.golden()),
                lineage(document.lineage()),
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

    private static ModelSignature signature(ManifestDocument.Signature signature) {
        Integer axis = signature.batchAxis();
        if (axis != null && axis != 0) {
            throw new ArtifactRejected("manifest: signature.batch_axis must be 0 or null");
        }
        return new ModelSignature(
                specs("signature.inputs", require(signature.inputs(), "signature.inputs")),
                specs("signature.outputs", require(signature.outputs(), "signature.outputs")),
                axis != null);
    }

    private static List<TensorSpec> specs(String place, List<ManifestDocument.Spec> specs) {
        List<TensorSpec> read = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            String here = place + "[" + i + "]";
            try {
                read.add(spec(specs.get(i), here));
            } catch (RequestRejected e) {
                throw e.at(here);
            } catch (IllegalArgumentException e) {
                throw new ArtifactRejected("manifest: " + here + ": " + e.getMessage(), e);
            }
        }
        return read;
    }

    private static TensorSpec spec(ManifestDocument.Spec spec, String place) {
        return new TensorSpec(
                require(spec.name(), place + ".name"),
                DataType.named(require(spec.datatype(), place + ".datatype")),
                ShapePattern.of(extents(require(spec.shape(), place + ".shape"))),
                spec.features() == null ? List.of() : spec.features(),
                spec.labels() == null ? List.of() : spec.labels(),
                nonFinite(spec.nonFinite(), place));
    }

    private static long[] extents(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private static TensorSpec.NonFinite nonFinite(@Nullable String word, String place) {
        return switch (word == null ? "forbid" : word) {
            case "forbid" -> TensorSpec.NonFinite.FORBID;
            case "nan" -> TensorSpec.NonFinite.NAN;
            case "allow" -> TensorSpec.NonFinite.ALLOW;
            default -> throw new ArtifactRejected("manifest: " + place + ".non_finite must be forbid, nan or allow");
        };
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

    private static List<GoldenSample> golden(List<ManifestDocument.Golden> samples) {
        List<GoldenSample> read = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            ManifestDocument.Golden sample = samples.get(i);
            String place = "golden[" + i + "]";
            ManifestDocument.Tolerance tolerance = sample.tolerance();
            read.add(new GoldenSample(
                    sample.name() == null ? place : sample.name(),
                    tensors(place + ".inputs", require(sample.inputs(), place + ".inputs")),
                    tensors(place + ".outputs", require(sample.outputs(), place + ".outputs")),
                    tolerance == null || tolerance.absolute() == null ? 0 : tolerance.absolute(),
                    tolerance == null || tolerance.relative() == null ? 0 : tolerance.relative()));
        }
        return read;
    }

    private static List<Tensor> tensors(String place, List<ManifestDocument.TensorEntry> entries) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            ManifestDocument.TensorEntry entry = entries.get(i);
            String here = place + "[" + i + "]";
            try {
                tensors.add(tensor(entry, here));
            } catch (RequestRejected e) {
                throw e.at(here);
            } catch (IOException e) {
                throw new ArtifactRejected("manifest: " + here + ".data can't be read", e);
            }
        }
        return tensors;
    }

    private static Tensor tensor(ManifestDocument.TensorEntry entry, String place) throws IOException {
        JsonNode data = require(entry.data(), place + ".data");
        String name = require(entry.name(), place + ".name");
        DataType datatype = DataType.named(require(entry.datatype(), place + ".datatype"));
        Shape shape = Shape.of(extents(require(entry.shape(), place + ".shape")));
        if (data.isArray() && shape.elements() > values(data)) {
            // Before memory is taken for what the shape claims.
            throw new RequestRejected(
                    FailureCode.WRONG_DATA_LENGTH, "shape " + shape + " takes more elements than there are", "data");
        }
        try (JsonParser parser = data.traverse()) {
            parser.nextToken();
            return TensorJsonReader.read(
                    parser, name, datatype, shape, TensorAllocator.UNPOOLED, TensorJsonReader.Bounds.NONE);
        }
    }

    private static long values(JsonNode data) {
        if (!data.isArray()) {
            return 1;
        }
        long values = 0;
        for (JsonNode element : data) {
            values += values(element);
        }
        return values;
    }

    /**
     * Returns what a manifest says of where a version comes from.
     *
     * @throws ArtifactRejected naming the field that is missing
     */
    static Lineage lineage(ManifestDocument.@Nullable Origin origin) {
        if (origin == null) {
            return Lineage.UNKNOWN;
        }
        ManifestDocument.Code code = origin.code();
        ManifestDocument.TrainingData data = origin.trainingData();
        return new Lineage(
                code == null ? null : new Lineage.Code(code.repository(), code.revision(), code.path(), code.sha256()),
                environment(origin.environment()),
                data == null
                        ? null
                        : new Lineage.TrainingData(
                                require(data.reference(), "lineage.training_data.reference"),
                                data.sha256(),
                                data.rows(),
                                data.licence()),
                origin.run() == null ? null : origin.run().id(),
                origin.metrics() == null ? Map.of() : origin.metrics(),
                origin.author(),
                origin.project(),
                origin.createdAt());
    }

    private static Map<String, String> environment(ManifestDocument.@Nullable Environment environment) {
        Map<String, String> versions = new TreeMap<>();
        if (environment != null) {
            if (environment.packages() != null) {
                versions.putAll(environment.packages());
            }
            if (environment.python() != null) {
                versions.put("python", environment.python());
            }
        }
        return versions;
    }

    private static <T> T require(@Nullable T value, String field) {
        if (value == null) {
            throw new ArtifactRejected("manifest: field '" + field + "' is missing");
        }
        return value;
    }
}
