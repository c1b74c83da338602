package dev.weir.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The aliases of one model in a registry directory: {@code <model>/aliases.json}, which holds where each alias points
 * and how it came there. Written to a file beside it and renamed, under a lock that other processes see, so a reader
 * gets the old file or the new one.
 */
final class DirectoryAliases {

    static final String FILE = "aliases.json";

    private static final String LOCK = ".aliases.lock";
    private static final String NEW = ".aliases.new";
    private static final String SCHEMA_VERSION = "1.0";
    private static final int MAX_HISTORY = 1_000;
    private static final long MAX_BYTES = 4L << 20;

    /** The lock of a file keeps other processes out, but fails when the same process holds it already. */
    private static final Object WRITER = new Object();

    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** The file. The history is the newest first. */
    private record Document(
            @Nullable String schemaVersion,
            @Nullable Map<String, String> aliases,
            @Nullable List<AliasMove> history) {

        static final Document NONE = new Document(SCHEMA_VERSION, Map.of(), List.of());

        Map<String, String> names() {
            return aliases == null ? Map.of() : aliases;
        }

        List<AliasMove> moves() {
            return history == null ? List.of() : history;
        }

        void check() {
            if (!SCHEMA_VERSION.equals(schemaVersion)) {
                throw new IllegalArgumentException("the aliases' file has another schema version");
            }
            names().forEach((alias, version) -> {
                if (version == null || !Names.isName(alias) || !Names.isName(version)) {
                    throw new IllegalArgumentException("the aliases' file holds something that is no name");
                }
            });
            if (moves().stream().anyMatch(Objects::isNull)) {
                throw new IllegalArgumentException("the aliases' file holds a move that is none");
            }
        }
    }

    private final Path model;

    DirectoryAliases(Path model) {
        this.model = model;
    }

    /**
     * Returns where each alias points.
     *
     * @throws IOException when the file can't be read, or is not what Weir writes
     */
    Map<String, String> read() throws IOException {
        return document().names();
    }

    /** Returns the history, the newest first. */
    List<AliasMove> history() throws IOException {
        return document().moves();
    }

    private Document document() throws IOException {
        Path file = model.resolve(FILE);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Document.NONE;
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("the aliases' file is larger than " + MAX_BYTES + " bytes");
            }
            Document document = JSON.readValue(Files.readAllBytes(file), Document.class);
            if (document == null) {
                throw new IllegalArgumentException("the aliases' file holds nothing");
            }
            document.check();
            return document;
        } catch (NoSuchFileException e) {
            return Document.NONE;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IOException("the aliases' file is not as Weir writes it", e);
        }
    }

    /**
     * Moves an alias.
     *
     * @throws RequestRejected when it stands for something else than {@code move.from()}
     */
    void move(AliasMove move) {
        synchronized (WRITER) {
            moveAlone(move);
        }
    }

    private void moveAlone(AliasMove move) {
        try (FileChannel channel =
                FileChannel.open(model.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock(); // until it is closed
            Document before = document();
            if (!Objects.equals(before.names().get(move.alias()), move.from())) {
                throw new RequestRejected(
                        FailureCode.CONFLICT, "the alias was moved by somebody else meanwhile", "alias");
            }
            Map<String, String> aliases = new TreeMap<>(before.names());
            aliases.put(move.alias(), move.to());
            List<AliasMove> history = new ArrayList<>();
            history.add(move);
            before.moves().stream().limit(MAX_HISTORY - 1L).forEach(history::add);
            write(new Document(SCHEMA_VERSION, aliases, history));
        } catch (IOException e) {
            throw new RegistryUnavailable("the alias can't be written", e);
        }
    }

    private void write(Document document) throws IOException {
        Path fresh = model.resolve(NEW);
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(document));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, model.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(model, StandardOpenOption.READ)) {
            directory.force(true); // or a power failure could undo a move that was confirmed
        }
    }
}
