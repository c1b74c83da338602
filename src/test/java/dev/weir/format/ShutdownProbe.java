package dev.weir.format;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.Tensors;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadedModel;
import dev.weir.servable.ModelArtifact;
import java.nio.file.Path;
import java.util.List;

/** A process that computes, and goes on to load and to compute after it was asked to end. */
final class ShutdownProbe {

    static final String READY = "ready";
    static final String DONE = "done";

    /** Enough for the runtime's own shutdown hook to come and go; it starts at the same moment. */
    private static final int LOADS = 300;

    private ShutdownProbe() {}

    /** Runs until it is ended; the argument is an empty directory. */
    public static void main(String[] arguments) throws Exception {
        OnnxFormat format = new OnnxFormat();
        ModelArtifact artifact = Artifacts.in(Path.of(arguments[0])).holding("slow");
        LoadedModel model = format.load(artifact);
        Thread.ofPlatform().daemon().start(() -> run(model, Integer.MAX_VALUE));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            for (int i = 0; i < LOADS; i++) {
                try (LoadedModel another = format.load(artifact)) {
                    run(another, 10);
                }
            }
            System.out.println(DONE);
        }));
        run(model, 10);
        System.out.println(READY);
        Thread.currentThread().join(); // until the signal comes
    }

    private static void run(LoadedModel model, int iterations) {
        model.run(List.of(Tensors.int64("iterations", iterations)), List.of("y"), new Cancellation());
    }
}
