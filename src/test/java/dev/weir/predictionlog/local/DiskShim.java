package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;

/** Watches what a process does to a disk, and plays it again on one that keeps only what was synced. */
final class DiskShim {

    private static final int LINE = 5_000;

    private final Path library;

    private DiskShim(Path library) {
        this.library = library;
    }

    /** Builds it; a test is skipped where there is no compiler, or no way to preload. */
    static DiskShim build(Path directory) throws IOException, InterruptedException {
        Path source = directory.resolve("disk.c");
        try (InputStream in = DiskShim.class.getResourceAsStream("disk.c")) {
            assertThat(in).isNotNull();
            Files.copy(in, source);
        }
        Path library = directory.resolve("disk.so");
        int built = -1;
        try {
            Process compiler = new ProcessBuilder(
                            "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start();
            built = compiler.waitFor(60, TimeUnit.SECONDS) ? compiler.exitValue() : -1;
        } catch (IOException e) {
            // there is none
        }
        Assumptions.assumeTrue(built == 0, "a C compiler builds a library that can be preloaded");
        return new DiskShim(library);
    }

    Map<String, String> environment(Path disk, Path journal, Path failing) {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "WEIR_DISK", disk.toString(),
                "WEIR_DISK_LOG", journal.toString(),
                "WEIR_DISK_FAIL", failing.toString());
    }

    /** A file, as programs see it and as the disk has it. */
    private static final class Inode {
        byte[] seen = new byte[0];
        byte[] kept = new byte[0];
    }

    /** What was synced of a directory and its files. */
    static final class Replay {
        private final Path disk;
        private final Map<String, Inode> seen = new TreeMap<>();
        private final Map<String, Inode> kept = new TreeMap<>();

        Replay(Path disk) {
            this.disk = disk;
        }

        /**
         * Plays a journal.
         *
         * @param afterWrite called after each write to a file of this name, with what was written
         */
        void play(Path journal, String name, Consumer<String> afterWrite) throws IOException {
            try (DataInputStream in =
                    new DataInputStream(new java.io.BufferedInputStream(Files.newInputStream(journal)))) {
                for (String line = line(in); !line.isEmpty(); line = line(in)) {
                    String[] words = line.split(" ", 4);
                    byte[] data = in.readNBytes(Integer.parseInt(words[2]));
                    apply(words[0].charAt(0), Long.parseLong(words[1]), words[3], data);
                    if (words[0].equals("W") && Path.of(words[3]).endsWith(name)) {
                        afterWrite.accept(new String(data, StandardCharsets.US_ASCII));
                    }
                }
            }
        }

        private static String line(DataInputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            try {
                for (int c = in.readUnsignedByte(); c != '\n' && line.length() < LINE; c = in.readUnsignedByte()) {
                    line.append((char) c);
                }
            } catch (EOFException e) {
                return "";
            }
            return line.toString();
        }

        private void apply(char operation, long number, String path, byte[] data) {
            switch (operation) {
                case 'W' -> {
                    Inode file = seen.computeIfAbsent(path, name -> new Inode());
                    int end = Math.toIntExact(number + data.length);
                    if (end > file.seen.length) {
                        file.seen = Arrays.copyOf(file.seen, end);
                    }
                    System.arraycopy(data, 0, file.seen, (int) number, data.length);
                }
                case 'T' -> {
                    Inode file = seen.computeIfAbsent(path, name -> new Inode());
                    file.seen = Arrays.copyOf(file.seen, (int) number);
                }
                case 'S' -> {
                    Inode file = seen.get(path);
                    if (file != null) {
                        file.kept = file.seen.clone();
                    } else {
                        keepNames(path);
                    }
                }
                case 'R' -> {
                    Inode file = seen.remove(path);
                    if (file != null) {
                        seen.put(new String(data, StandardCharsets.UTF_8), file);
                    }
                }
                case 'U' -> seen.remove(path);
                default -> throw new AssertionError("operation " + operation);
            }
        }

        /** A directory was synced: the names in it are those that were seen. */
        private void keepNames(String directory) {
            kept.keySet().removeIf(name -> isIn(name, directory));
            seen.forEach((name, file) -> {
                if (isIn(name, directory)) {
                    kept.put(name, file);
                }
            });
        }

        private static boolean isIn(String name, String directory) {
            return Path.of(directory).equals(Path.of(name).getParent());
        }

        /** Makes what a power cut would leave of a directory. */
        Path afterPowerCut(String directory, Path into) throws IOException {
            Files.createDirectories(into);
            Map<String, Inode> files = new HashMap<>(kept);
            files.keySet().removeIf(name -> !isIn(name, disk.resolve(directory).toString()));
            for (Map.Entry<String, Inode> each : files.entrySet()) {
                Files.write(into.resolve(Path.of(each.getKey()).getFileName()), each.getValue().kept);
            }
            return into;
        }
    }
}
