package dev.weir.predictionlog.sink.json;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** The standard output of the process, which stays open. */
final class StandardOutput implements Lines {

    @SuppressWarnings("StreamResourceLeak")
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    @Override
    public void open() {}

    @Override
    public void add(byte[] lines) throws IOException {
        out.write(lines);
    }

    @Override
    public void close() {}
}
