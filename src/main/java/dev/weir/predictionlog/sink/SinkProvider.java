package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.SubjectEraser;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** A kind of sink. Found by CDI; asked once per configured sink, at start. */
public interface SinkProvider {

    /** Returns the word that {@code weir.predictions.sinks.<name>.type} names it by. */
    String type();

    /**
     * Makes a sink. Reaches nobody yet.
     *
     * @param name its name in configuration
     * @param config what is configured of it
     * @param mistakes gets what is wrong with that, each as {@code <key>: <what>} with the whole key; the sink is not used
     *     then
     */
    LogSink make(String name, SinkConfig.Sink config, List<String> mistakes);

    /**
     * Forgets the payloads of a subject in a sink, on a thread of its own that it may block for some seconds.
     *
     * @param subjectKeys every key that the subject ever had
     * @return how far it got; its place is the sink's name
     */
    SubjectEraser.Evidence forget(String name, SinkConfig.Sink config, Set<String> subjectKeys);

    /**
     * Keeps how far the log went, on a thread of its own that it may block for some seconds.
     *
     * @return false when such a sink keeps no checkpoints
     * @throws IOException when it can't be reached now; the same comes again
     */
    default boolean keep(String name, SinkConfig.Sink config, SignedCheckpoint checkpoint) throws IOException {
        return false;
    }
}
