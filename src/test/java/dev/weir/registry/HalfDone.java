package dev.weir.registry;

import static org.awaitility.Awaitility.await;

import dev.weir.fixture.FixedS3Config;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelDescriber;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Processes that move a version, and are killed when half of it is there. */
public final class HalfDone {

    private static final String MODEL = "model.onnx";

    /** The file that a registration never gets past: nobody writes into the pipe that it is read from. */
    private static final String STUCK = "stuck";

    private HalfDone() {}

    /** Fetches a version into a cache, from a store that stops in the middle of the model. */
    public static void download(Path cache, String bucket, URI store, VersionRef ref) throws Exception {
        run(
                List.of("download", cache.toString(), bucket, store.toString(), ref.model(), ref.version()),
                cache.resolveSibling("download.log"),
                () -> holds(cache, "work"));
    }

    /**
     * Registers a version in a directory; its model is there when the process is killed, and its manifest is not.
     *
     * @param model the model's file
     * @throws UnsupportedOperationException when this machine makes no pipes
     */
    public static void register(Path registry, Path model, VersionRef ref) throws Exception {
        Path pipe = registry.resolveSibling(STUCK);
        if (new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor() != 0) {
            throw new UnsupportedOperationException("mkfifo");
        }
        run(
                List.of("register", registry.toString(), model.toString(), pipe.toString(), ref.model(), ref.version()),
                registry.resolveSibling("register.log"),
                () -> holds(registry.resolve(ref.model()), ".weir-"));
    }

    /** Says whether a model's file is somewhere below directories whose name begins so. */
    private static boolean holds(Path parent, String prefix) throws IOException {
        try (DirectoryStream<Path> places = Files.newDirectoryStream(parent, prefix + "*")) {
            for (Path place : places) {
                try (Stream<Path> all = Files.walk(place)) {
                    if (all.anyMatch(path -> path.endsWith(MODEL))) {
                        return true;
                    }
                }
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            return false; // not yet
        }
        return false;
    }

    private static void run(List<String> arguments, Path log, Callable<Boolean> half) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Daws.accessKeyId=test",
                "-Daws.secretAccessKey=test-secret",
                "-cp",
                System.getProperty("java.class.path"),
                HalfDone.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().until(() -> half.call() || !process.isAlive());
            if (!process.isAlive()) {
                throw new AssertionError("it ended by itself: " + Files.readString(log));
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Does what is asked; ends only when that fails. */
    public static void main(String[] arguments) {
        try {
            move(arguments);
        } catch (RuntimeException e) {
            System.err.println(e);
        } finally {
            System.exit(1);
        }
    }

    private static void move(String[] arguments) {
        VersionRef ref = new VersionRef(arguments[4], arguments[5]);
        if (arguments[0].equals("download")) {
            ArtifactCache cache = ArtifactCache.open(Path.of(arguments[1]), 1 << 20, Instant::now);
            FixedS3Config config = new FixedS3Config(arguments[2], URI.create(arguments[3]));
            new S3ModelSource(
                            config,
                            cache,
                            new ModelDescriber(),
                            new FileInspection(1_000, 1 << 30, 1 << 30),
                            Instant::now)
                    .fetch(ref);
        } else {
            TreeMap<String, Path> files = new TreeMap<>();
            files.put(MODEL, Path.of(arguments[2]));
            files.put(STUCK, Path.of(arguments[3]));
            new DirectoryModelSource(Path.of(arguments[1]), new ModelDescriber(), new SimpleMeterRegistry())
                    .publish(new Publication(ref, new byte[] {'{', '}'}, files));
        }
    }
}
