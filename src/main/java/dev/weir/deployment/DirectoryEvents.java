package dev.weir.deployment;

import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits until something happens in a directory, as far as the file system tells; which event it was is of no matter, since
 * whoever waits reads everything anyway. What it does not tell of, such as that the directory itself was replaced, is
 * noticed when the time to wait is over. One thread waits; any may close.
 */
final class DirectoryEvents implements AutoCloseable {

    private static final Log LOG = Log.of(DirectoryEvents.class);

    /** Events rarely come alone. */
    private static final Duration BURST = Duration.ofMillis(50);

    private final Path directory;
    private final @Nullable WatchService service;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable WatchKey key;
    private @Nullable Object watched;
    private boolean told;

    /** Prepares to watch a directory, which may not be there yet. */
    DirectoryEvents(Path directory) {
        this.directory = directory;
        this.service = open();
    }

    private @Nullable WatchService open() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException | UnsupportedOperationException e) {
            tell(e);
            return null;
        }
    }

    /**
     * Waits for an event, or as long as it is told.
     *
     * @return false when it was closed
     */
    boolean await(Duration atMost) throws InterruptedException {
        WatchService events = service;
        if (events == null) {
            return !closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }
        try {
            if (!register(events)) {
                WatchKey signalled = events.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
                if (signalled != null && closed.await(BURST.toNanos(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
                drain(signalled);
            }
        } catch (ClosedWatchServiceException e) {
            return false;
        }
        return closed.getCount() > 0;
    }

    private void drain(@Nullable WatchKey signalled) {
        if (signalled != null) {
            signalled.pollEvents();
            signalled.reset();
        }
    }

    /** Watches the directory if it does not yet, and says whether it just began to: what happened before, nobody saw. */
    private boolean register(WatchService events) {
        WatchKey present = key;
        try {
            Path real = directory.toRealPath();
            Object identity = identity(real);
            if (present != null && present.isValid() && identity.equals(watched)) {
                return false;
            }
            if (present != null) {
                present.cancel();
            }
            key = real.register(
                    events,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            watched = identity;
            told = false;
            return true;
        } catch (IOException e) {
            if (present != null) {
                present.cancel();
            }
            key = null;
            tell(e);
            return false;
        }
    }

    private static Object identity(Path real) throws IOException {
        Object key = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
        return Objects.requireNonNullElse(key, real);
    }

    private void tell(Exception cause) {
        if (!told) {
            told = true;
            LOG.warn("the directory of deployment files can't be watched; it is looked at now and then")
                    .with(LogKey.REASON, cause.toString())
                    .write();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        WatchService events = service;
        if (events != null) {
            try {
                events.close();
            } catch (IOException e) {
                LOG.debug("the watch on deployment files can't be closed")
                        .cause(e)
                        .write();
            }
        }
    }
}
