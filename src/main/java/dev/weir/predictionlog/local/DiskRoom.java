package dev.weir.predictionlog.local;

import dev.weir.inference.Ticker;
import dev.weir.predictionlog.local.LogHealth.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the log may still take of the disk. Used by one thread. */
final class DiskRoom {

    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Bytes written after which the disk is looked at again. */
    private static final long FRESH_BYTES = 4L << 20;

    private final LogDirectory directory;
    private final long budget;
    private final long reserve;
    private final Ticker ticker;
    private long used;
    private long free;
    private long sinceLook = Long.MAX_VALUE / 2;
    private long lookedAt;

    DiskRoom(LogDirectory directory, long budget, long reserve, Ticker ticker) {
        this.directory = directory;
        this.budget = budget;
        this.reserve = reserve;
        this.ticker = ticker;
    }

    /** Returns why bytes may not be written now; null when they may, and then they count as written. */
    @Nullable
    Trouble take(long bytes) throws IOException {
        long now = ticker.nanos();
        if (sinceLook + bytes > FRESH_BYTES || now - lookedAt > FRESH_NANOS) {
            used = directory.bytes();
            free = Files.getFileStore(directory.path()).getUsableSpace();
            sinceLook = 0;
            lookedAt = now;
        }
        if (used + sinceLook + bytes > budget) {
            return Trouble.DISK_BUDGET;
        }
        if (free - sinceLook - bytes < reserve) {
            return Trouble.DISK_RESERVE;
        }
        sinceLook += bytes;
        return null;
    }
}
