package dev.weir.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.ArtifactRejected;
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

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private ManifestReader() {}

    /**
     * Reads a manifest.
     *
     * @throws ArtifactRejected naming the field that is wrong
     */
    static ModelManifest read(byte[] json) {
        ManifestDocument document;
        try {
            document = JSON.readValue(json, ManifestDocument.class);
        } catch (UnrecognizedPropertyException e) {
            throw new ArtifactRejected("manifest: unknown field '" + path(e) + "'", e);
        } catch (JsonMappingException e) {
            throw new ArtifactRejected("manifest: field '" + path(e) + "' has the wrong type", e);
        } catch (JsonProcessingException e) {
            throw new ArtifactRejected(
                    "manifest: no valid JSON, line " + e.getLocation().getLineNr(), e);
        } catch (IOException e) {
            throw new ArtifactRejected("manifest: can't be read", e);
        }
        try {
            return manifest(document);
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejected("manifest: " + e.getMessage(), e);
        } catch (RequestRejected e) {
            throw new ArtifactRejected("manifest: " + e.field() + ": " + e.publicMessage(), e);
        }
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
                lineage(document.lineage()));
    }

    private static List<ArtifactFile> files(List<ManifestDocument.FileEntry> entries) {
        return entries.stream()
                .map(entry -> new ArtifactFile(
                        require(entry.path(), "files.path"),
                        require(entry.sha256(), "files.sha256"),
                        require(entry.bytes(), "files.bytes")))
                .toList();
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
        for (ManifestDocument.Spec spec : specs) {
            read.add(new TensorSpec(
                    require(spec.name(), place + ".name"),
                    DataType.named(require(spec.datatype(), place + ".datatype")),
                    ShapePattern.of(extents(require(spec.shape(), place + ".shape"))),
                    spec.features() == null ? List.of() : spec.features(),
                    spec.labels() == null ? List.of() : spec.labels(),
                    allowsNonFinite(spec.nonFinite(), place)));
        }
        return read;
    }

    private static long[] extents(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private static boolean allowsNonFinite(@Nullable String word, String place) {
        return switch (word == null ? "forbid" : word) {
            case "forbid" -> false;
            case "allow" -> true;
            default -> throw new ArtifactRejected("manifest: " + place + ".non_finite must be forbid or allow");
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
            JsonNode data = require(entry.data(), here + ".data");
            try (JsonParser parser = data.traverse()) {
                parser.nextToken();
                tensors.add(TensorJsonReader.read(
                        parser,
                        require(entry.name(), here + ".name"),
                        DataType.named(require(entry.datatype(), here + ".datatype")),
                        Shape.of(extents(require(entry.shape(), here + ".shape"))),
                        TensorAllocator.UNPOOLED));
            } catch (RequestRejected e) {
                throw e.at(here);
            } catch (IOException e) {
                throw new ArtifactRejected("manifest: " + here + ".data can't be read", e);
            }
        }
        return tensors;
    }

    private static Lineage lineage(ManifestDocument.@Nullable Origin origin) {
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
