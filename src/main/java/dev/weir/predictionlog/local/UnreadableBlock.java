package dev.weir.predictionlog.local;

import org.jspecify.annotations.Nullable;

/** Bytes that no version of the log that is known here wrote. */
final class UnreadableBlock extends RuntimeException {

    UnreadableBlock(String message) {
        this(message, null);
    }

    UnreadableBlock(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
