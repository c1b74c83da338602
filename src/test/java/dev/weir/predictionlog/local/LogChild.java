package dev.weir.predictionlog.local;

import dev.weir.fixture.LogSettings;
import dev.weir.fixture.Records;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.local.LogScene.Told;
import dev.weir.store.SqliteStateStore;
import io.quarkus.runtime.configuration.MemorySize;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * A process that writes records, of which some are waited for. It writes down in {@code acks}, a line each, what it was
 * told: {@code + request} once a record is on disk, {@code - request} when it may not be.
 */
public final class LogChild {

    /** Lies between the numbers of records that are waited for and of those that are not. */
    private static final int UNAWAITED = 500_000;

    private LogChild() {}

    /** Starts a process; {@code disk} gets the log, the state and {@code acks}. */
    static Process start(Path disk, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                System.getProperty("java.class.path"),
                LogChild.class.getName(),
                disk.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        disk.resolveSibling("output").toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    static List<String> acks(Path disk) throws IOException {
        Path acks = disk.resolve("acks");
        return Files.exists(acks) ? Files.readAllLines(acks) : List.of();
    }

    /** Runs: the disk, a number that makes request ids differ from run to run, how many records, and from how many threads. */
    public static void main(String[] arguments) throws Exception {
        Path disk = Path.of(arguments[0]);
        int base = Integer.parseInt(arguments[1]);
        int count = Integer.parseInt(arguments[2]);
        int threads = Integer.parseInt(arguments[3]);
        Path failing = arguments.length > 4 ? Path.of(arguments[4]) : null;
        LogSettings settings = new LogSettings(
                disk.resolve("log"),
                true,
                false,
                new MemorySize(BigInteger.valueOf(8 << 20)),
                new MemorySize(BigInteger.valueOf(1 << 17)),
                Duration.ofHours(1),
                new MemorySize(BigInteger.valueOf(1 << 30)),
                new MemorySize(BigInteger.ZERO),
                Map.of());
        try (LogScene scene = new LogScene(settings, new SqliteStateStore(disk.resolve("state"), Clock.systemUTC()));
                FileChannel acks = FileChannel.open(
                        disk.resolve("acks"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND,
                        StandardOpenOption.WRITE)) {
            scene.start();
            AtomicInteger next = new AtomicInteger();
            try (ExecutorService writers = Executors.newFixedThreadPool(threads)) {
                for (int i = 0; i < threads; i++) {
                    writers.execute(() -> write(scene, acks, base, next, count, failing));
                }
            }
        }
    }

    private static void write(LogScene scene, FileChannel acks, int base, AtomicInteger next, int count, Path failing) {
        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            try {
                if (failing != null) {
                    setFailing(scene, failing, i);
                }
                PredictionRecord record = Records.full(base + i);
                scene.log().write(Records.record(base + UNAWAITED + i), LogScene.room(scene.log(), 500), null);
                Told told = scene.write(record);
                String line =
                        (told.isCommitted() ? "+ " : "- ") + record.requestId().value() + "\n";
                synchronized (acks) {
                    acks.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Syncs of the second of every three records fail. */
    private static void setFailing(LogScene scene, Path failing, int record) throws IOException {
        if (record % 3 == 1) {
            Files.createFile(failing);
        } else {
            Files.deleteIfExists(failing);
            Awaitility.await().until(() -> scene.log().health().isOk());
        }
    }
}
