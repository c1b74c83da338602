package dev.weir.servable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * How much memory this process can still take before the kernel kills something: what the machine has available, or what
 * is left below the limit of any control group around the process, whichever is less. File cache that the kernel gives
 * up by itself counts as free. Known on Linux only.
 */
final class AvailableMemory {

    private static final long KIB = 1024;

    /** Control groups that nest deeper are not looked at. */
    private static final int MAX_GROUPS = 16;

    /** Larger limits are none; the first version of control groups has no other word for it. */
    private static final long NO_LIMIT = 1L << 60;

    private final Path root;

    /**
     * Prepares to look.
     *
     * @param root where the machine's file system begins
     */
    AvailableMemory(Path root) {
        this.root = root;
    }

    /** Returns the bytes, or nothing when the system does not tell. */
    OptionalLong bytes() {
        List<Long> known = new ArrayList<>();
        for (String line : lines(root.resolve("proc/meminfo"))) {
            String[] words = line.split("\\s+");
            if (words[0].equals("MemAvailable:") && words.length > 1) {
                number(words[1]).ifPresent(kib -> known.add(kib * KIB));
            }
        }
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[0].equals("0")) {
                below(root.resolve("sys/fs/cgroup"), parts[2], Version.TWO, known);
            } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                below(root.resolve("sys/fs/cgroup/memory"), parts[2], Version.ONE, known);
            }
        }
        return known.stream().mapToLong(Long::longValue).min();
    }

    private enum Version {
        ONE("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        TWO("memory.max", "memory.current", "inactive_file");

        private final String limit;
        private final String usage;
        private final String cache;

        Version(String limit, String usage, String cache) {
            this.limit = limit;
            this.usage = usage;
            this.cache = cache;
        }
    }

    /** Adds what a process's groups leave, from its own to the outermost that can be seen. */
    private static void below(Path mount, String group, Version version, List<Long> known) {
        Path here = mount.resolve(group.replaceFirst("^/+", "")).normalize();
        for (int i = 0; i < MAX_GROUPS && here != null && here.startsWith(mount); i++, here = here.getParent()) {
            OptionalLong limit = first(here.resolve(version.limit));
            OptionalLong usage = first(here.resolve(version.usage));
            if (limit.isPresent() && usage.isPresent() && limit.getAsLong() < NO_LIMIT) {
                known.add(Math.max(0, limit.getAsLong() - usage.getAsLong() + cache(here, version)));
            }
        }
    }

    private static long cache(Path group, Version version) {
        for (String line : lines(group.resolve("memory.stat"))) {
            if (line.startsWith(version.cache + " ")) {
                return number(line.substring(version.cache.length() + 1)).orElse(0);
            }
        }
        return 0;
    }

    private static OptionalLong first(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? OptionalLong.empty() : number(lines.getFirst());
    }

    private static OptionalLong number(String text) {
        try {
            return OptionalLong.of(Long.parseLong(text.strip()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // such as "max"
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
