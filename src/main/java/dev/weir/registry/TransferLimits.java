package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.servable.LoadConfig;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many files and bytes of a version may arrive. What may not be loaded need not be fetched; and where a registry does
 * not tell sizes, or lies, nothing else ends a transfer but a full disk.
 *
 * @param maxFiles how many files a version may have
 * @param maxFileBytes how large one of them may be
 * @param maxBytes how large all of them may be together
 */
record TransferLimits(int maxFiles, long maxFileBytes, long maxBytes) {

    static TransferLimits of(LoadConfig config) {
        return new TransferLimits(
                config.maxFiles(),
                config.maxFileBytes().asLongValue(),
                config.maxBytes().asLongValue());
    }

    /** Returns the sum of sizes, or null when one of them is not known, or no size. */
    static @Nullable Long sum(Collection<@Nullable Long> sizes) {
        long sum = 0;
        for (Long size : sizes) {
            if (size == null || size < 0 || size > Long.MAX_VALUE - sum) {
                return null;
            }
            sum += size;
        }
        return sum;
    }

    /**
     * Begins a version.
     *
     * @param sizes what the registry says of its files' sizes, by path; null where it says nothing
     * @throws ArtifactRejected when that is too much already
     */
    Transfer begin(Map<String, @Nullable Long> sizes) {
        if (sizes.size() > maxFiles) {
            throw new ArtifactRejected(
                    "the version has " + sizes.size() + " files, but may have " + maxFiles + " (weir.load.max-files)");
        }
        long room = maxBytes;
        for (Map.Entry<String, @Nullable Long> each : sizes.entrySet()) {
            Long size = each.getValue();
            if (size != null) {
                requireRoom(each.getKey(), size, room);
                room -= size;
            }
        }
        return new Transfer();
    }

    private void requireRoom(String path, long bytes, long room) {
        if (bytes > maxFileBytes) {
            throw new ArtifactRejected(
                    "file '" + path + "' has more than " + maxFileBytes + " bytes (weir.load.max-file-bytes)");
        }
        if (bytes > room) {
            throw new ArtifactRejected(
                    "the version's files have more than " + maxBytes + " bytes (weir.load.max-bytes)");
        }
    }

    /** One version on its way. Used by one thread. */
    final class Transfer {

        private long left = maxBytes;

        /** Returns the bytes of one file; a read throws {@link ArtifactRejected} when there are more than may be. */
        InputStream over(String path, InputStream in) {
            return new Counted(path, in);
        }

        private final class Counted extends FilterInputStream {

            private final String path;
            private final long room = left;
            private long bytes;

            Counted(String path, InputStream in) {
                super(in);
                this.path = path;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] chunk, int offset, int length) throws IOException {
                int read = in.read(chunk, offset, length);
                if (read > 0) {
                    bytes += read;
                    requireRoom(path, bytes, room);
                    left = room - bytes;
                }
                return read;
            }
        }
    }
}
