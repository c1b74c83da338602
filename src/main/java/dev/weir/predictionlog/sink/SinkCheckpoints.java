package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.checkpoint.CheckpointPlaces;
import dev.weir.predictionlog.checkpoint.CheckpointSink;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The configured sinks as places that keep checkpoints. */
@Singleton
class SinkCheckpoints implements CheckpointPlaces {

    private final List<CheckpointSink> places = new ArrayList<>();

    /**
     * A sink.
     *
     * @param name its name in configuration
     * @param config what is configured of it
     * @param provider what knows its kind
     */
    private record Place(String name, SinkConfig.Sink config, SinkProvider provider) implements CheckpointSink {

        @Override
        public void keep(SignedCheckpoint checkpoint) throws IOException {
            provider.keep(name, config, checkpoint);
        }
    }

    @Inject
    SinkCheckpoints(SinkConfig config, @Any Instance<SinkProvider> providers) {
        for (Map.Entry<String, SinkConfig.Sink> each : config.sinks().entrySet()) {
            for (SinkProvider provider : providers) {
                if (provider.type().equals(each.getValue().type())) {
                    places.add(new Place(each.getKey(), each.getValue(), provider));
                }
            }
        }
    }

    @Override
    public List<CheckpointSink> places() {
        return List.copyOf(places);
    }
}
