package dev.weir.predictionlog.sink.parquet;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A place for files. Used by one thread. */
interface FileStore extends AutoCloseable {

    /** Writes or replaces a file; it is safe, and whole, when this returns, and was the old one or none before. */
    void put(String name, byte[] content) throws IOException;

    /** Returns a small file, or null when there is none. */
    byte @Nullable [] get(String name) throws IOException;

    @Override
    void close();
}
