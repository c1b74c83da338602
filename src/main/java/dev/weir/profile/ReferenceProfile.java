package dev.weir.profile;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a version's training data look like.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param rows how many rows there are
 * @param features column by column, in the model's order
 * @param absent the columns that the model takes and the data do not have
 * @param left the columns that are in the data and can't be described, such as free text
 * @param multivariate how the numeric columns vary together; null when there are none, or too many
 */
public record ReferenceProfile(
        String schemaVersion,
        long rows,
        List<FeatureProfile> features,
        List<String> absent,
        List<String> left,
        @Nullable Multivariate multivariate) {

    /** The schema version that is written. */
    public static final String SCHEMA_VERSION = "1.0";

    /** The largest profile in bytes. */
    public static final int MAX_BYTES = 16 << 20;

    /** The most values, names and brackets of a profile: more than the most columns need. */
    private static final int MAX_TOKENS = 1_000_000;

    private static final int MAX_TEXT = 1 << 16;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxTokenCount(MAX_TOKENS)
                            .maxStringLength(MAX_TEXT)
                            .build())
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Copies the lists. */
    public ReferenceProfile {
        Objects.requireNonNull(schemaVersion);
        features = List.copyOf(features);
        absent = List.copyOf(absent);
        left = List.copyOf(left);
    }

    /**
     * How columns vary together, over the rows in which all of them are finite.
     *
     * @param features the columns
     * @param n the rows
     * @param mean the mean of each column over these rows
     * @param covariance the lower triangle of the sample covariance (n − 1), row by row
     */
    public record Multivariate(List<String> features, long n, List<Double> mean, List<List<Double>> covariance) {

        /** Copies the lists. */
        public Multivariate {
            features = List.copyOf(features);
            mean = List.copyOf(mean);
            covariance = covariance.stream().map(List::copyOf).toList();
        }
    }

    /**
     * Returns the profile as JSON.
     *
     * @throws RequestRejected when it would be too large
     */
    public byte[] toJson() {
        BoundedBytes json = new BoundedBytes();
        try {
            JSON.writeValue(json, this);
            json.write('\n');
        } catch (JsonProcessingException e) {
            throw new AssertionError("a profile is nothing but numbers and texts", e);
        } catch (IOException e) {
            throw tooLarge(TrainingTable.FIELD);
        }
        return json.toByteArray();
    }

    /** Bytes in memory, up to the limit. */
    private static final class BoundedBytes extends OutputStream {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] some, int offset, int length) throws IOException {
            if (bytes.size() + length > MAX_BYTES) {
                throw new IOException("too large");
            }
            bytes.write(some, offset, length);
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }

    private static RequestRejected tooLarge(String field) {
        return new RequestRejected(
                FailureCode.LIMIT_EXCEEDED,
                "a profile has at most " + MAX_BYTES + " bytes and " + MAX_TOKENS + " values",
                field,
                (long) MAX_BYTES);
    }

    /**
     * Reads a profile from a file, which is looked at before it is read.
     *
     * @throws RequestRejected when it is none, too large, or of a schema that is not known here
     * @throws IOException when the disk fails
     */
    public static ReferenceProfile read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw tooLarge("profile");
        }
        return read(Files.readAllBytes(file));
    }

    /**
     * Reads a profile.
     *
     * @throws RequestRejected when it is none, or of a schema that is not known here
     */
    public static ReferenceProfile read(byte[] json) {
        ReferenceProfile profile;
        try {
            profile = JSON.readValue(json, ReferenceProfile.class);
        } catch (StreamConstraintsException e) {
            throw tooLarge("profile");
        } catch (IOException e) {
            if (e.getCause() instanceof StreamConstraintsException) {
                throw tooLarge("profile");
            }
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the profile is not as Weir writes it", "profile");
        }
        if (profile == null || !profile.schemaVersion().startsWith("1.")) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, "the profile's schema_version must be 1.x", "profile");
        }
        return profile;
    }
}
