package dev.weir.registry;

import dev.weir.fixture.Artifacts;
import dev.weir.fixture.FixedComputeConfig;
import dev.weir.fixture.FixedRegistryConfig;
import dev.weir.fixture.MapModelSource;
import dev.weir.fixture.Perceptron;
import dev.weir.format.OnnxFormat;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.LoadGate;
import dev.weir.servable.MemoryGuard;
import dev.weir.servable.Servable;
import dev.weir.servable.ServableBoard;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** A process that loads and unloads a model again and again, the way the server does, and tells what stays behind. */
final class LoadCyclesProbe {

    private static final int WARM_UP = 100;
    private static final int MEASURED = 200;

    private static final VersionRef REF = new VersionRef("model", "1");
    private static final int PAGE = 4_096;

    private final MapModelSource source = new MapModelSource();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Servable> all = new ArrayList<>();
    private final Reconciler reconciler;

    private LoadCyclesProbe(Path directory) throws IOException {
        source.put(Artifacts.in(directory).promising(Perceptron.SIGNATURE).holding(Perceptron.onnx()));
        ServableBoard board = new ServableBoard();
        LoadGate gate = new LoadGate(
                List.of(new OnnxFormat()),
                List.of(
                        new FileInspection(10, 1L << 30, 1L << 30),
                        new MemoryGuard(1L << 30, 0, 3, () -> OptionalLong.of(1L << 32))),
                board,
                meters,
                InstantSource.system(),
                System::nanoTime,
                FixedComputeConfig.warmingUp(2));
        reconciler =
                new Reconciler(source, gate, board, meters, InstantSource.system(), new FixedRegistryConfig(directory));
    }

    /**
     * Runs; the argument is an empty directory. Prints a line with the slope over the last cycles, in bytes per cycle, first
     * and last size, uses and open files.
     */
    public static void main(String[] arguments) throws IOException {
        LoadCyclesProbe probe = new LoadCyclesProbe(Path.of(arguments[0]));
        probe.measure(WARM_UP);
        long filesBefore = openFiles();
        long[] resident = probe.measure(MEASURED);
        System.out.printf(
                "slope=%.0f first=%d last=%d uses=%d gauges=%d files=%d%n",
                slope(resident),
                resident[0],
                resident[MEASURED - 1],
                probe.all.stream().mapToInt(Servable::holds).sum(),
                probe.meters.find("weir.model.handles").gauges().size(),
                openFiles() - filesBefore);
    }

    private long[] measure(int cycles) throws IOException {
        long[] resident = new long[cycles];
        for (int i = 0; i < cycles; i++) {
            reconciler.load(List.of(new Demand(REF, Map.of(), "")), source.list(), ref -> false, Runnable::run);
            reconciler.tried(ref -> true).join();
            all.add(reconciler.loaded().get(REF));
            reconciler.retire(Set.of());
            System.gc(); // or buffers that wait for it would count
            resident[i] = resident();
        }
        return resident;
    }

    private static long resident() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * PAGE;
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    /** Returns the growth per cycle that fits best, in bytes. */
    private static double slope(long[] resident) {
        double meanCycle = (resident.length - 1) / 2.0;
        double mean = Arrays.stream(resident).average().orElseThrow();
        double covariance = 0;
        double variance = 0;
        for (int i = 0; i < resident.length; i++) {
            covariance += (i - meanCycle) * (resident[i] - mean);
            variance += (i - meanCycle) * (i - meanCycle);
        }
        return covariance / variance;
    }
}
