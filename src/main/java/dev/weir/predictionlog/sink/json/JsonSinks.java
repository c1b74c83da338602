package dev.weir.predictionlog.sink.json;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.SinkPayloads;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import dev.weir.predictionlog.sink.SinkConfig;
import dev.weir.predictionlog.sink.SinkProvider;
import dev.weir.predictionlog.sink.UnreachableSubjects;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Makes sinks of type {@code json}. */
@Singleton
public class JsonSinks implements SinkProvider {

    private final SinkPayloads payloads;
    private final UnreachableSubjects subjects;

    @Inject
    JsonSinks(SinkPayloads payloads, UnreachableSubjects subjects) {
        this.payloads = payloads;
        this.subjects = subjects;
    }

    @Override
    public String type() {
        return "json";
    }

    @Override
    public LogSink make(String name, SinkConfig.Sink config, List<String> mistakes) {
        SinkConfig.Json json = config.json();
        Lines lines = json.file()
                .<Lines>map(file -> new RotatingFile(file, json.maxBytes().asLongValue(), json.keep()))
                .orElseGet(StandardOutput::new);
        return new JsonSink(name, lines, payloads);
    }

    /** Beside the file; who reads the standard output has the server's own log, which tells of checkpoints too. */
    @Override
    public boolean keep(String name, SinkConfig.Sink config, SignedCheckpoint checkpoint) throws IOException {
        Path file = config.json().file().orElse(null);
        if (file == null) {
            return false;
        }
        CheckpointFile.add(file.resolveSibling(name + "-" + CheckpointFile.NAME), checkpoint);
        return true;
    }

    @Override
    public SubjectEraser.Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys) {
        return subjects.evidence(name);
    }
}
