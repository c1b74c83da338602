package dev.weir.predictionlog.sink.json;

import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.RecordJson;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.StoredEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes an entry as a line of JSON, at least once: the position is the forwarder's to keep. */
final class JsonSink implements LogSink {

    private final String name;
    private final Lines lines;
    private final SinkPayloads payloads;

    JsonSink(String name, Lines lines, SinkPayloads payloads) {
        this.name = name;
        this.lines = lines;
        this.payloads = payloads;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable Position open(String replica) throws IOException {
        lines.open();
        return null;
    }

    @Override
    public Position write(List<StoredEntry> entries) throws IOException, Refused {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024 * entries.size());
        for (StoredEntry entry : entries) {
            out.writeBytes(line(entry));
            out.write('\n');
        }
        lines.add(out.toByteArray());
        return entries.getLast().position();
    }

    private byte[] line(StoredEntry entry) throws Refused {
        StoredEntry shown =
                switch (entry.entry()) {
                    case PredictionRecord record ->
                        new StoredEntry(
                                entry.replica(), entry.position(), entry.acknowledged(), payloads.withheld(record));
                    case GapRecord gap -> entry;
                };
        try {
            return RecordJson.toBytes(shown);
        } catch (IllegalStateException e) {
            throw new Refused("its payload can't be read", e);
        }
    }

    @Override
    public void close() {
        lines.close();
    }
}
