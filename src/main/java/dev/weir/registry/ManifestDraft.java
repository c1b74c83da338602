package dev.weir.registry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.servable.ArtifactFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a manifest says but the version's name. The same draft gives the same bytes: nothing in it comes from a
 * clock, a host or the order in which parts arrived.
 *
 * @param model the model's name
 * @param format the name of the format
 * @param files the files, the model itself first
 * @param signature what it takes and gives
 * @param golden its golden samples
 * @param profile the path of its reference profile, or null
 * @param given what its maker says of the rest
 */
record ManifestDraft(
        String model,
        String format,
        List<ArtifactFile> files,
        ManifestDocument.Signature signature,
        List<ManifestDocument.Golden> golden,
        @Nullable String profile,
        ManifestDocument given) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Returns the manifest of the version of this name. */
    byte[] write(String version) {
        List<ManifestDocument.FileEntry> entries = new ArrayList<>();
        files.forEach(file -> entries.add(new ManifestDocument.FileEntry(file.path(), file.sha256(), file.bytes())));
        ManifestDocument document = new ManifestDocument(
                given.schemaVersion() == null ? DocumentJson.SCHEMA_VERSION : given.schemaVersion(),
                model,
                version,
                format,
                given.description(),
                entries,
                signature,
                given.session(),
                golden.isEmpty() ? null : golden,
                given.lineage(),
                profile);
        try {
            return (JSON.writeValueAsString(document) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a manifest is nothing but numbers and texts", e);
        }
    }
}
