package dev.weir.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a model of 8 MB that was loaded and unloaded: nothing, as far as a process can be measured. */
class LoadCyclesTest {

    /**
     * Less than a hundredth of the model, per cycle. The JVM itself still grows a little, by up to 30 KiB a cycle, while
     * it compiles.
     */
    private static final long MOST_BYTES_PER_CYCLE = 64 << 10;

    @TempDir
    Path directory;

    @Test
    @Timeout(600)
    @EnabledOnOs(OS.LINUX)
    void shouldGiveBackAllThatALoadTook() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Compilers and collectors that take little: by default both grow by up to 450 KiB a cycle for
                        // a
                        // while, models or not, in which a leak would not show.
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xms96m", // a heap that does not grow, so that the growth is not the heap's
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadCyclesProbe.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = process.inputReader()) {
            List<String> lines = output.readAllLines();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
            String told = lines.stream()
                    .filter(line -> line.startsWith("slope="))
                    .findFirst()
                    .orElseThrow();
            System.out.println("load cycles: " + told);
            Map<String, Long> figures = Arrays.stream(told.split(" "))
                    .map(figure -> figure.split("="))
                    .collect(Collectors.toMap(figure -> figure[0], figure -> Long.valueOf(figure[1])));

            assertThat(figures.get("slope")).as(told).isLessThan(MOST_BYTES_PER_CYCLE);
            assertThat(figures.get("uses")).isZero();
            assertThat(figures.get("gauges")).isZero();
            assertThat(figures.get("files")).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
