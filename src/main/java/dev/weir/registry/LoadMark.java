package dev.weir.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a version and the deaths of processes.
 *
 * @param model the model
 * @param version its version
 * @param digest which bytes it had
 * @param standing what it is held to be
 * @param process the process that loads it, or that died
 * @param at since when
 * @param load which load it is; null for what a version is held to be, and in marks of former releases
 */
record LoadMark(
        String model,
        String version,
        String digest,
        Standing standing,
        LoadingProcess process,
        Instant at,
        @Nullable String load) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private static final int NAME_LENGTH = 40;

    /** What a version is held to be. */
    enum Standing {
        /** It is being loaded; or it was, if the process is dead. */
        LOADING,
        /** It was loaded beside others when a process died, or was quarantined long ago; it is loaded alone. */
        SUSPECT,
        /** It was loaded alone when a process died; it is not loaded. */
        QUARANTINED;

        /** Returns the word for log lines. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    VersionRef ref() {
        return new VersionRef(model, version);
    }

    /** Returns the mark of a load that begins, which no other load has. */
    static LoadMark loading(VersionRef ref, String digest, LoadingProcess process, Instant at) {
        return new LoadMark(
                ref.model(),
                ref.version(),
                digest,
                Standing.LOADING,
                process,
                at,
                UUID.randomUUID().toString());
    }

    /** Returns what the version is held to be from now on, whichever load showed it. */
    LoadMark as(Standing other, Instant since) {
        return new LoadMark(model, version, digest, other, process, since, null);
    }

    /** Says whether another mark stands for the same bytes under the same name. */
    boolean isOfTheSame(LoadMark other) {
        return ref().equals(other.ref()) && digest.equals(other.digest);
    }

    /** Returns the name of the mark's file: a load has one of its own. Names of versions may be too long for one. */
    String fileName() {
        String name = ArtifactDigests.sha256(ref().toString().getBytes(StandardCharsets.UTF_8))
                .substring(0, NAME_LENGTH);
        return name + (load == null ? "" : "-" + load) + ".json";
    }

    byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a mark.
     *
     * @throws IOException when the bytes are none
     */
    static LoadMark of(byte[] bytes) throws IOException {
        LoadMark mark = JSON.readValue(bytes, LoadMark.class);
        if (isIncomplete(mark)) {
            throw new IOException("a load's mark is not as Weir writes it");
        }
        return mark;
    }

    @SuppressWarnings("ConstantValue") // the parser knows nothing of what may be null
    private static boolean isIncomplete(@Nullable LoadMark mark) {
        return mark == null
                || mark.model() == null
                || mark.version() == null
                || mark.digest() == null
                || mark.standing() == null
                || mark.process() == null
                || mark.at() == null
                || (mark.load() != null && !mark.load().matches("[0-9a-f-]{36}"));
    }
}
