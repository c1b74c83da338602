package dev.weir.registry;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.weir.failure.ArtifactRejected;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code MLmodel}, YAML in which the signature stands as texts of JSON. No tag of the YAML makes an object. */
final class MlmodelReader {

    /** How many bytes it may have. */
    static final int MAX_BYTES = 1 << 20;

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final JsonMapper JSON = new JsonMapper();

    private MlmodelReader() {}

    /**
     * Reads an MLmodel.
     *
     * @throws ArtifactRejected when it is none, or has no ONNX flavor
     */
    static Mlmodel read(byte[] yaml) {
        try {
            JsonNode root = YAML.readTree(yaml);
            JsonNode flavors = root.path("flavors");
            if (!flavors.isObject()) {
                throw new ArtifactRejected("MLmodel: names no flavors");
            }
            String file = text(flavors.path("onnx").path("data"));
            if (file == null) {
                throw new ArtifactRejected("MLmodel: has no flavor 'onnx', only " + names(flavors)
                        + "; convert the model to ONNX and log it with mlflow.onnx.log_model");
            }
            JsonNode signature = root.path("signature");
            return new Mlmodel(
                    file,
                    specs(signature.path("inputs"), "inputs"),
                    specs(signature.path("outputs"), "outputs"),
                    text(flavors.path("python_function").path("python_version")),
                    text(root.path("mlflow_version")));
        } catch (IOException e) {
            throw new ArtifactRejected("MLmodel: can't be read as YAML", e);
        }
    }

    private static String names(JsonNode flavors) {
        List<String> names = new ArrayList<>();
        flavors.fieldNames().forEachRemaining(name -> names.add(name.replaceAll("[^A-Za-z0-9._-]", "?")));
        return String.join(", ", names.subList(0, Math.min(names.size(), 5)));
    }

    private static @Nullable String text(JsonNode node) {
        return node.isValueNode() && !node.isNull() ? node.asText() : null;
    }

    private static @Nullable List<Mlmodel.Spec> specs(JsonNode text, String field) throws IOException {
        if (text.isMissingNode() || text.isNull()) {
            return null;
        }
        JsonNode list;
        try {
            list = text.isTextual() ? JSON.readTree(text.asText()) : text;
        } catch (IOException e) {
            throw new ArtifactRejected("MLmodel: signature." + field + " is no JSON", e);
        }
        if (!list.isArray()) {
            throw new ArtifactRejected("MLmodel: signature." + field + " is no list");
        }
        List<Mlmodel.Spec> specs = new ArrayList<>();
        for (JsonNode each : list) {
            specs.add(new Mlmodel.Spec(text(each.path("name")), shape(each, field)));
        }
        return specs;
    }

    private static @Nullable List<Long> shape(JsonNode spec, String field) {
        JsonNode tensor = spec.path("tensor-spec");
        if (tensor.isMissingNode()) {
            return null;
        }
        List<Long> shape = new ArrayList<>();
        for (JsonNode extent : tensor.path("shape")) {
            if (!extent.isIntegralNumber() || extent.asLong() < -1) {
                throw new ArtifactRejected("MLmodel: signature." + field + " has an extent that is no number");
            }
            shape.add(extent.asLong());
        }
        return shape;
    }
}
