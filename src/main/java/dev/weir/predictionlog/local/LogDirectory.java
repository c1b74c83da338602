package dev.weir.predictionlog.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names of the files of a log, and what is done to whole files.
 *
 * <p>{@code segment-<number>.db} is a segment; SQLite keeps {@code -wal} and {@code -shm} beside it. {@code
 * segment-<number>.void-<seq>} is an empty file, whose name says that no entry of that segment counts from that number on.
 * {@code segment-<number>.new} is a segment in the making, {@code segment-<number>.damaged} was put aside. Thread-safe.
 */
record LogDirectory(Path path) {

    private static final Pattern SEGMENT = Pattern.compile("segment-(\\d{10,18})\\.db");
    private static final Pattern VOID = Pattern.compile("segment-(\\d{10,18})\\.void-(\\d{1,18})");
    private static final Pattern ANY = Pattern.compile("segment-(\\d{10,18})\\..*");
    private static final Pattern DAMAGED = Pattern.compile("segment-(\\d{10,18})\\.damaged");

    private static String name(long number) {
        return String.format(Locale.ROOT, "segment-%010d", number);
    }

    Path segment(long number) {
        return path.resolve(name(number) + ".db");
    }

    Path unfinished(long number) {
        return path.resolve(name(number) + ".new");
    }

    Path lock() {
        return path.resolve("lock");
    }

    Path deletions() {
        return path.resolve("deletions");
    }

    /**
     * What there is.
     *
     * @param segments the files of segments, by number
     * @param voids from which number on the entries of a segment do not count, by segment
     * @param damaged files that were put aside, by number
     * @param last the highest number that was ever used
     */
    record Listing(
            NavigableMap<Long, Path> segments,
            NavigableMap<Long, Long> voids,
            NavigableMap<Long, Path> damaged,
            long last) {}

    /** Looks at the directory; one that does not exist is empty. */
    Listing list() throws IOException {
        NavigableMap<Long, Path> segments = new TreeMap<>();
        NavigableMap<Long, Long> voids = new TreeMap<>();
        NavigableMap<Long, Path> damaged = new TreeMap<>();
        long last = 0;
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                Matcher any = ANY.matcher(name);
                if (!any.matches()) {
                    continue;
                }
                long number = Long.parseLong(any.group(1));
                last = Math.max(last, number);
                Matcher voided = VOID.matcher(name);
                if (SEGMENT.matcher(name).matches()) {
                    segments.put(number, file);
                } else if (voided.matches()) {
                    voids.merge(number, Long.parseLong(voided.group(2)), Math::min);
                } else if (DAMAGED.matcher(name).matches()) {
                    damaged.put(number, file);
                }
            }
        } catch (NoSuchFileException e) {
            // nothing was ever written
        }
        return new Listing(segments, voids, damaged, last);
    }

    /** Returns the bytes of all files. */
    long bytes() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                bytes += size(file);
            }
        }
        return bytes;
    }

    /** Returns the size of a file, 0 when it is not there. */
    static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    static Path wal(Path segment) {
        return segment.resolveSibling(segment.getFileName() + "-wal");
    }

    private static Path shm(Path segment) {
        return segment.resolveSibling(segment.getFileName() + "-shm");
    }

    /** Removes what unfinished segments left. Nobody else may use the directory. */
    void removeUnfinished() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.getFileName().toString().matches("segment-\\d+\\.new.*")) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Makes an unfinished segment one that counts; it is there after a power cut too. */
    Path finish(long number) throws IOException {
        Path segment = segment(number);
        Files.move(unfinished(number), segment, StandardCopyOption.ATOMIC_MOVE);
        sync();
        return segment;
    }

    /** Says that no entry of a segment counts from a number on. */
    void markVoid(long number, long seq) throws IOException {
        try {
            Files.createFile(path.resolve(name(number) + ".void-" + seq));
        } catch (FileAlreadyExistsException e) {
            return;
        }
        sync();
    }

    /** Puts a file aside that is no segment, and leaves it to people. */
    void putAside(long number) throws IOException {
        Path segment = segment(number);
        Files.move(segment, path.resolve(name(number) + ".damaged"), StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(shm(segment));
        sync();
    }

    /** Removes a segment. */
    void delete(long number) throws IOException {
        Path segment = segment(number);
        Files.deleteIfExists(segment);
        Files.deleteIfExists(wal(segment));
        Files.deleteIfExists(shm(segment));
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.getFileName().toString().startsWith(name(number) + ".void-")) {
                    Files.deleteIfExists(file);
                }
            }
        }
        sync();
    }

    /** Makes names durable. */
    void sync() throws IOException {
        try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
