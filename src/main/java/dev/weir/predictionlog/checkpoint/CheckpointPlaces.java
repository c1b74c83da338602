package dev.weir.predictionlog.checkpoint;

import java.util.List;

/** Several places that keep checkpoints, such as all sinks that are configured. A bean; asked once. */
public interface CheckpointPlaces {

    /** Returns the places. */
    List<CheckpointSink> places();
}
