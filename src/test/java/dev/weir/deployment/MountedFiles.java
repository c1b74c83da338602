package dev.weir.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A directory as a kubelet mounts a ConfigMap: every file is a link through {@code ..data}, a link itself, which is swapped
 * to a new directory before the former one is deleted.
 */
public final class MountedFiles {

    private final Path mount;
    private int writes;

    /** Mounts nothing yet. */
    public MountedFiles(Path mount) {
        this.mount = mount;
    }

    /** Publishes these files, in place of all others, as {@code kubernetes:pkg/volume/util/atomic_writer.go} does. */
    public void publish(Map<String, String> files) {
        try {
            Files.createDirectories(mount);
            Path data = mount.resolve("..data");
            Path former = Files.isSymbolicLink(data) ? mount.resolve(Files.readSymbolicLink(data)) : null;
            Path next = Files.createDirectory(mount.resolve("..2026_01_02_03_04_05." + ++writes));
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.writeString(next.resolve(file.getKey()), file.getValue());
            }
            Path swap = Files.createSymbolicLink(mount.resolve("..data_tmp"), next.getFileName());
            Files.move(swap, data, StandardCopyOption.ATOMIC_MOVE);
            for (String name : files.keySet()) {
                if (!Files.isSymbolicLink(mount.resolve(name))) {
                    Files.createSymbolicLink(mount.resolve(name), Path.of("..data", name));
                }
            }
            if (former != null) {
                delete(former);
            }
            for (Path link : links()) {
                if (!files.containsKey(link.getFileName().toString())) {
                    Files.delete(link);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> links() throws IOException {
        try (Stream<Path> entries = Files.list(mount)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith(".."))
                    .toList();
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> entries = Files.walk(directory)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
