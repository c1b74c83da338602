package dev.weir.servable;

import dev.weir.failure.ArtifactRejected;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Keeps a load from taking memory that is not there, which would end the process and with it all that serves.
 *
 * <p>What a load will take is a guess, a multiple of the size of its files. As long as it goes on, the guess is set aside,
 * so that versions that load at the same time must fit together; afterwards the system itself tells what is left. The
 * versions refused here may be tried again when others have left.
 */
@Singleton
@Priority(MemoryGuard.SECOND)
public class MemoryGuard implements LoadGuard {

    /** After what costs nothing to refuse, before the note that a load began. */
    static final int SECOND = 200;

    private final long maxLoaded;
    private final long headroom;
    private final int factor;
    private final Supplier<OptionalLong> available;
    private long loadedBytes;
    private long reserved;

    /** Takes the limits, and asks the operating system. */
    @Inject
    public MemoryGuard(LoadConfig config) {
        this(
                config.maxLoadedBytes().asLongValue(),
                config.memoryHeadroom().asLongValue(),
                config.memoryFactor(),
                new AvailableMemory(Path.of("/"))::bytes);
    }

    /**
     * Takes the limits.
     *
     * @param maxLoaded bytes that the files of all loaded versions may have together, 0 for any
     * @param headroom bytes of memory that a load must leave
     * @param factor bytes of memory that a load takes for each byte of its files
     * @param available tells the bytes of memory there are now, or nothing
     */
    public MemoryGuard(long maxLoaded, long headroom, int factor, Supplier<OptionalLong> available) {
        this.maxLoaded = maxLoaded;
        this.headroom = headroom;
        this.factor = factor;
        this.available = available;
    }

    @Override
    public synchronized Permit admit(ModelArtifact artifact) {
        long bytes = artifact.manifest().bytes();
        if (maxLoaded > 0 && bytes > maxLoaded) {
            throw ArtifactRejected.forNow("the version has " + bytes + " bytes, and all that are loaded may have "
                    + maxLoaded + " together (weir.load.max-loaded-bytes)");
        }
        if (maxLoaded > 0 && bytes > maxLoaded - loadedBytes) {
            throw ArtifactRejected.forRoom("the version's " + bytes + " bytes do not fit beside the " + loadedBytes
                    + " that are loaded; all together may have " + maxLoaded + " (weir.load.max-loaded-bytes)");
        }
        return reserve(bytes, bytes * factor);
    }

    /** What serves is not short of what the configuration grants it because of a version that does not. */
    @Override
    public synchronized Permit admitBeside(ModelArtifact artifact) {
        return reserve(0, artifact.manifest().bytes() * factor);
    }

    private Permit reserve(long bytes, long need) {
        OptionalLong free = available.get();
        if (free.isPresent() && need > free.getAsLong() - reserved - headroom) {
            throw ArtifactRejected.forRoom("not enough memory: the load is expected to take " + need + " bytes, and "
                    + Math.max(0, free.getAsLong() - reserved) + " are left, of which " + headroom
                    + " must stay free (weir.load.memory-headroom)");
        }
        loadedBytes += bytes;
        reserved += need;
        return new Reservation(bytes, need);
    }

    /** What one version takes. */
    private final class Reservation implements Permit {

        private final long bytes;
        private long need;

        Reservation(long bytes, long need) {
            this.bytes = bytes;
            this.need = need;
        }

        @Override
        public void loaded() {
            synchronized (MemoryGuard.this) {
                reserved -= need;
                need = 0;
            }
        }

        @Override
        public void gone() {
            synchronized (MemoryGuard.this) {
                loaded();
                loadedBytes -= bytes;
            }
        }
    }
}
