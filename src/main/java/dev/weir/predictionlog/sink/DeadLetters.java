package dev.weir.predictionlog.sink;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/**
 * The entries that one sink refused, a line of JSON each: where they stand in the log, their ids, and why; nothing of what
 * was asked or answered, which is in the log as long as that keeps it. Whoever has dealt with them takes the file away.
 *
 * <p>Written by one thread; the counts may be read by any.
 */
final class DeadLetters {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFactory LINES = new JsonFactory();

    private final Path file;
    private final long maxBytes;
    private final InstantSource clock;
    private final Set<Place> known = new HashSet<>();
    private boolean read;
    private volatile long count;

    private record Place(String replica, Position position) {}

    /** No more may be put aside. */
    static final class Full extends Exception {
        Full() {
            super("the file of dead letters is full");
        }
    }

    DeadLetters(Path file, long maxBytes, InstantSource clock) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.clock = clock;
    }

    /**
     * Puts an entry aside; it is on disk when this returns. One that is there already is not written again.
     *
     * @return false when it is there already
     * @throws Full when the file would grow beyond its bound; nothing was written
     * @throws IOException when it can't be written
     */
    boolean add(StoredEntry entry, String reason) throws IOException, Full {
        refresh();
        Place place = new Place(entry.replica(), entry.position());
        if (known.contains(place)) {
            return false;
        }
        byte[] line = line(entry, reason);
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = endOfLines(out);
            if (end + line.length > maxBytes) {
                throw new Full();
            }
            ByteBuffer bytes = ByteBuffer.wrap(line);
            long at = end;
            while (bytes.hasRemaining()) {
                at += out.write(bytes, at);
            }
            out.truncate(at);
            out.force(true);
        }
        known.add(place);
        count = known.size();
        return true;
    }

    /** Returns how many there are. */
    long count() {
        return count;
    }

    /**
     * Looks whether the file was taken away, and at first what is in it.
     *
     * @throws IOException when it can't be read
     */
    void refresh() throws IOException {
        if (read) {
            if (!known.isEmpty() && Files.notExists(file)) {
                known.clear();
                count = 0;
            }
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                remember(line);
            }
        } catch (NoSuchFileException e) {
            // none yet
        }
        count = known.size();
        read = true;
    }

    private void remember(String line) throws IOException {
        try {
            JsonNode letter = JSON.readTree(line);
            known.add(new Place(
                    letter.path("replica").asText(),
                    new Position(
                            letter.path("incarnation").asLong(),
                            letter.path("segment").asLong(),
                            letter.path("seq").asLong())));
        } catch (JacksonException e) {
            // a line that was being written when the process died; its entry comes again
        }
    }

    /** Returns the end of the last whole line: what stands behind it was being written when the process died. */
    private static long endOfLines(FileChannel file) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        for (long end = file.size(); end > 0; end--) {
            one.clear();
            file.read(one, end - 1);
            if (one.get(0) == '\n') {
                return end;
            }
        }
        return 0;
    }

    private byte[] line(StoredEntry entry, String reason) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = LINES.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("refused_at", clock.instant().toString());
            json.writeStringField("reason", reason);
            json.writeStringField("replica", entry.replica());
            json.writeNumberField("incarnation", entry.position().incarnation());
            json.writeNumberField("segment", entry.position().segment());
            json.writeNumberField("seq", entry.position().seq());
            switch (entry.entry()) {
                case PredictionRecord record -> {
                    json.writeStringField("prediction_id", record.id().toString());
                    json.writeStringField("request_id", record.requestId().value());
                    json.writeArrayFieldStart("inference_ids");
                    for (String id : record.inferenceIds()) {
                        json.writeString(id);
                    }
                    json.writeEndArray();
                    json.writeStringField("deployment", record.context().deployment());
                    json.writeStringField("started", record.started().toString());
                }
                case GapRecord gap -> json.writeStringField("gap", gap.reason().word());
            }
            json.writeEndObject();
        }
        line.write('\n');
        return line.toByteArray();
    }
}
