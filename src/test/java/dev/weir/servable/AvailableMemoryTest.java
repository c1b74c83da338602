package dev.weir.servable;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {

    @TempDir
    Path root;

    private void write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    @BeforeEach
    void machine() throws IOException {
        write("proc/meminfo", "MemTotal:  100 kB\nMemFree:  5 kB\nMemAvailable:    40 kB\n");
    }

    private void assertAvailable(long bytes) {
        assertThat(new AvailableMemory(root).bytes()).hasValue(bytes);
    }

    @Test
    void shouldTellWhatTheMachineHas() {
        assertAvailable(40 * 1024);
    }

    @Test
    void shouldTellWhatAContainerLeaves() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", "10000\n");
        write("sys/fs/cgroup/memory.current", "4000\n");
        write("sys/fs/cgroup/memory.stat", "anon 1000\ninactive_file 500\nactive_file 7\n");

        assertAvailable(6500);
    }

    @Test
    void shouldObeyTheTightestOfNestedGroups() throws IOException {
        write("proc/self/cgroup", "0::/pod/container\n");
        write("sys/fs/cgroup/pod/container/memory.max", "max\n");
        write("sys/fs/cgroup/pod/container/memory.current", "4000\n");
        write("sys/fs/cgroup/pod/memory.max", "5000\n");
        write("sys/fs/cgroup/pod/memory.current", "4500\n");

        assertAvailable(500);
    }

    @Test
    void shouldKnowTheFirstVersionOfGroups() throws IOException {
        write("proc/self/cgroup", "7:cpu:/x\n4:memory:/job\n0::/\n");
        write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9000\n");
        write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "8000\n");
        write("sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 250\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "8000\n");

        assertAvailable(1250);
    }

    @Test
    void shouldTellNothingLessThanNothing() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", "10\n");
        write("sys/fs/cgroup/memory.current", "20\n");

        assertAvailable(0);
    }

    @Test
    void shouldNotLeaveTheGroups() throws IOException {
        write("proc/self/cgroup", "0::/../../..\n");

        assertAvailable(40 * 1024);
    }

    @Test
    void shouldSayNothingWhereTheSystemDoesNot() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));

        assertThat(new AvailableMemory(root).bytes()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReadThisMachine() {
        assertThat(new AvailableMemory(Path.of("/")).bytes().orElse(0)).isPositive();
    }
}
