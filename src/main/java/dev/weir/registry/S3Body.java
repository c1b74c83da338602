package dev.weir.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The bytes of an object. Whatever goes wrong is an {@link IOException}; who closes it before its end gives up the
 * connection instead of reading the rest. Used by one thread.
 */
final class S3Body extends FilterInputStream {

    private final ResponseInputStream<GetObjectResponse> response;
    private boolean whole;

    S3Body(ResponseInputStream<GetObjectResponse> response) {
        super(response);
        this.response = response;
    }

    /** Returns how many bytes it has; negative when the store does not say. */
    long length() {
        Long length = response.response().contentLength();
        return length == null ? -1 : length;
    }

    /** Returns what tells these bytes from others under the same key. */
    String etag() {
        return response.response().eTag();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            int read = response.read(bytes, offset, length);
            whole |= read < 0;
            return read;
        } catch (UncheckedIOException | SdkException e) {
            throw new IOException("the store broke off", e);
        }
    }

    @Override
    public void close() {
        try {
            if (!whole) {
                response.abort(); // or closing it would read the rest
            }
            response.close();
        } catch (IOException e) {
            // all that counts was read
        }
    }
}
