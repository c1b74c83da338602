package dev.weir.predictionlog.local;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether records reach the disk.
 *
 * @param since since when they do not; null when they do
 * @param trouble why they do not; null when they do
 */
public record LogHealth(@Nullable Instant since, @Nullable Trouble trouble) {

    /** They do. */
    public static final LogHealth OK = new LogHealth(null, null);

    /** Why records don't reach the disk. */
    public enum Trouble {
        /** The disk is full. */
        DISK_FULL,
        /** The log has as many bytes as {@code weir.predictions.disk} grants it. */
        DISK_BUDGET,
        /** The disk has no more bytes than {@code weir.predictions.disk-reserve} leaves to others. */
        DISK_RESERVE,
        /** The disk or the file system failed. */
        IO_ERROR,
        /** The keys of subjects can't be read or written. */
        KEYS,
        /** A fault of the server. */
        FAULT;

        /** Returns the word used in metrics and answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Says whether records reach the disk. */
    public boolean isOk() {
        return trouble == null;
    }
}
