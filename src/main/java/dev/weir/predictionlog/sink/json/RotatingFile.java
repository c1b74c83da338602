package dev.weir.predictionlog.sink.json;

import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file that is set aside when it is large: {@code records.ndjson} becomes {@code records.ndjson.1}, the next one {@code
 * records.ndjson.2} and so on; of those, the newest are kept.
 */
final class RotatingFile implements Lines {

    private final Path file;
    private final long maxBytes;
    private final int keep;
    private @Nullable FileChannel channel;

    RotatingFile(Path file, long maxBytes, int keep) {
        this.file = file.toAbsolutePath();
        this.maxBytes = maxBytes;
        this.keep = keep;
    }

    @Override
    public void open() throws IOException {
        close();
        Files.createDirectories(file.resolveSibling(""));
        FileChannel opened =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(opened);
            // What stands behind the last line was being written when the process died; its entry comes again.
            opened.truncate(endOfLines(opened));
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
        channel = opened;
    }

    private static void lock(FileChannel opened) throws IOException {
        try {
            if (opened.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            // said below
        }
        throw new SinkTrouble(Trouble.CONTESTED, "somebody else writes to the same file", null);
    }

    private static long endOfLines(FileChannel opened) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        for (long end = opened.size(); end > 0; end--) {
            one.clear();
            opened.read(one, end - 1);
            if (one.get(0) == '\n') {
                return end;
            }
        }
        return 0;
    }

    @Override
    public void add(byte[] lines) throws IOException {
        FileChannel open = channel;
        if (open == null) {
            throw new IOException("the file is not open");
        }
        if (open.size() > 0 && open.size() + lines.length > maxBytes) {
            open = next();
        }
        long begin = open.size();
        try {
            ByteBuffer bytes = ByteBuffer.wrap(lines);
            long at = begin;
            while (bytes.hasRemaining()) {
                at += open.write(bytes, at);
            }
            open.force(true);
        } catch (IOException e) {
            open.truncate(begin);
            throw e;
        }
    }

    private FileChannel next() throws IOException {
        close();
        List<Long> aside = aside();
        long number = aside.isEmpty() ? 1 : aside.getLast() + 1;
        Files.move(file, numbered(number), StandardCopyOption.ATOMIC_MOVE);
        aside.add(number);
        for (long old : aside.subList(0, Math.max(0, aside.size() - keep))) {
            Files.deleteIfExists(numbered(old));
        }
        open();
        FileChannel opened = channel;
        if (opened == null) {
            throw new IOException("the file is not open");
        }
        return opened;
    }

    private Path numbered(long number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private List<Long> aside() throws IOException {
        Pattern name = Pattern.compile(Pattern.quote(String.valueOf(file.getFileName())) + "\\.(\\d{1,18})");
        try (Stream<Path> siblings = Files.list(file.resolveSibling(""))) {
            List<Long> numbers = new ArrayList<>();
            for (Path sibling : (Iterable<Path>) siblings::iterator) {
                var match = name.matcher(String.valueOf(sibling.getFileName()));
                if (match.matches()) {
                    numbers.add(Long.parseLong(match.group(1)));
                }
            }
            numbers.sort(Comparator.naturalOrder());
            return numbers;
        }
    }

    @Override
    public void close() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // everything in it was synced
            }
        }
    }
}
