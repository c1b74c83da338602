package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a disk keeps of which nobody knows whether it kept it. A kill is not enough to see that: the system keeps all pages. */
class PowerCutTest {

    private static final int RECORDS = 60;

    @TempDir
    Path directory;

    private Path disk;
    private Path journal;
    private Path failing;

    private void run(Map<String, String> environment, String... arguments) throws Exception {
        Process child = LogChild.start(disk, environment, arguments);
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as(() -> output()).isZero();
    }

    private String output() {
        try {
            return Files.readString(directory.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private DiskShim prepare() throws Exception {
        disk = Files.createDirectories(directory.resolve("disk")).toRealPath();
        journal = directory.resolve("journal");
        failing = directory.resolve("failing");
        return DiskShim.build(directory);
    }

    private static List<String> requests(Path log) {
        List<String> requests = new ArrayList<>();
        for (StoredEntry entry : LogScene.entries(LogScene.readerOf(log))) {
            if (entry.entry() instanceof PredictionRecord record) {
                requests.add(record.requestId().value());
            }
        }
        return requests;
    }

    @Test
    void shouldHaveEveryAcknowledgedRecordOnTheDiskAtTheMomentItIsAcknowledged() throws Exception {
        DiskShim shim = prepare();
        run(shim.environment(disk, journal, failing), "0", Integer.toString(RECORDS), "3");
        DiskShim.Replay replay = new DiskShim.Replay(disk);
        Set<String> acknowledged = new HashSet<>();
        int[] cuts = {0};

        replay.play(journal, "acks", lines -> {
            lines.lines().map(line -> line.substring(2)).forEach(acknowledged::add);
            Path left = directory.resolve("cut-" + cuts[0]++);
            try {
                replay.afterPowerCut("log", left);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(requests(left)).doesNotHaveDuplicates().containsAll(acknowledged);
        });

        assertThat(acknowledged).hasSize(RECORDS);
        assertThat(cuts[0]).isPositive();
    }

    @Test
    void shouldLeaveAChainThatHoldsWhereverThePowerIsCut() throws Exception {
        DiskShim shim = prepare();
        run(shim.environment(disk, journal, failing), "0", Integer.toString(RECORDS), "3");
        DiskShim.Replay replay = new DiskShim.Replay(disk);
        List<Path> left = new ArrayList<>();

        replay.play(journal, "acks", lines -> {
            try {
                left.add(replay.afterPowerCut("log", directory.resolve("cut-" + left.size())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        for (Path log : left) {
            assertThat(ChainVerifier.verify(log, List.of(), LogScene.KEYS).breaks())
                    .isEmpty();
        }
    }

    @Test
    void shouldSayThatARecordMayNotBeThereWhenASyncFailsAndGoOnInAnotherSegment() throws Exception {
        DiskShim shim = prepare();

        run(shim.environment(disk, journal, failing), "0", "9", "1", failing.toString());

        List<String> acks = LogChild.acks(disk);
        assertThat(acks).hasSize(9);
        for (int i = 0; i < acks.size(); i++) {
            assertThat(acks.get(i)).isEqualTo((i % 3 == 1 ? "- " : "+ ") + "order/" + i);
        }
        List<StoredEntry> entries = LogScene.entries(LogScene.readerOf(disk.resolve("log")));
        assertThat(requests(disk.resolve("log"))).doesNotHaveDuplicates();
        assertThat(entries)
                .filteredOn(each -> !each.acknowledged())
                .extracting(
                        each -> ((PredictionRecord) each.entry()).requestId().value())
                .containsExactly("order/1", "order/4", "order/7");
        assertThat(entries)
                .extracting(each -> each.position().segment())
                .as("each failure begins another segment")
                .contains(1L)
                .anyMatch(segment -> segment > 3);
        assertThat(ChainVerifier.verify(disk.resolve("log"), List.of(), LogScene.KEYS)
                        .breaks())
                .isEmpty();
    }

    /** The same, seen by the system instead of by a library: no answer is written between a record and its sync. */
    @Test
    void shouldSyncBeforeItAcknowledgesInTheOrderOfSystemCalls() throws Exception {
        disk = Files.createDirectories(directory.resolve("disk")).toRealPath();
        Path trace = directory.resolve("trace");
        Process child = traced(trace);
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as(() -> output()).isZero();

        SyscallOrder.Seen seen = SyscallOrder.of(
                Files.readAllLines(trace, StandardCharsets.ISO_8859_1),
                file -> file.startsWith(disk.resolve("log") + "/") && file.endsWith("-wal"),
                file -> file.equals(disk.resolve("acks").toString()));

        assertThat(seen.early()).isEmpty();
        assertThat(seen.answers()).isEqualTo(10);
        assertThat(seen.writes()).isGreaterThanOrEqualTo(10);
        assertThat(seen.syncs()).isGreaterThanOrEqualTo(10);
    }

    /** What may trace nothing here skips the test; what then fails, does not. */
    private Process traced(Path trace) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/strace"))
                        && new ProcessBuilder("/usr/bin/strace", "-f", "-o", trace.toString(), "true")
                                        .start()
                                        .waitFor()
                                == 0,
                "strace is there and may trace");
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/strace",
                "-f",
                "-y",
                "-s",
                "0",
                "-o",
                trace.toString(),
                "-e",
                "trace=pwrite64,write,fsync,fdatasync"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                System.getProperty("java.class.path"),
                LogChild.class.getName(),
                disk.toString(),
                "0",
                "10",
                "1"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }
}
