package dev.weir.predictionlog.sink.json;

import java.io.IOException;

/** Where lines go. Used by one thread. */
interface Lines extends AutoCloseable {

    /**
     * Opens it.
     *
     * @throws IOException when that can't be done now
     */
    void open() throws IOException;

    /**
     * Adds whole lines; they are safe when this returns.
     *
     * @throws IOException when some may not be there
     */
    void add(byte[] lines) throws IOException;

    @Override
    void close();
}
