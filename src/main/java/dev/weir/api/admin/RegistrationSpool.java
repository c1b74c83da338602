package dev.weir.api.admin;

import dev.weir.api.RegistrationConfig;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.registry.Registrar;
import dev.weir.telemetry.Log;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * Where registrations lie until they are published or refused, and how many there may be at a time: a model that hangs in
 * its runtime keeps its place until it ends, though its caller was answered. Thread-safe.
 */
@ApplicationScoped
class RegistrationSpool {

    private static final Log LOG = Log.of(RegistrationSpool.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final Path directory;
    private final Registrar registrar;
    private final int parallel;
    private final Semaphore room;

    @Inject
    RegistrationSpool(RegistrationConfig config, Registrar registrar) {
        this.registrar = registrar;
        this.directory = config.directory();
        this.parallel = config.parallel();
        this.room = new Semaphore(parallel);
    }

    /** Removes what a process left that was killed. */
    void onStart(@Observes StartupEvent event) {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> left = Files.list(directory)) {
                for (Path each : left.toList()) {
                    remove(each);
                }
            } catch (IOException e) {
                LOG.warn("what former registrations left can't be removed")
                        .cause(e)
                        .write();
            }
        }
    }

    /** A registration's place. */
    final class Place implements AutoCloseable {

        private final Path path;

        private Place(Path path) {
            this.path = path;
        }

        /** Returns an empty directory at first. */
        Path path() {
            return path;
        }

        @Override
        public void close() {
            try {
                remove(path);
            } catch (IOException e) {
                LOG.warn("what a registration left can't be removed").cause(e).write();
            } finally {
                room.release();
            }
        }
    }

    /**
     * Makes room for one more.
     *
     * @throws Overloaded when as many run or hang as may
     * @throws RegistryUnavailable when the disk fails
     */
    Place open() {
        boolean entered = room.tryAcquire();
        // What hangs is counted before its place is given back, so that no moment has room for one too many.
        int hanging = registrar.hanging();
        if (!entered || hanging > room.availablePermits()) {
            if (entered) {
                room.release();
            }
            throw new Overloaded(
                    FailureCode.QUEUE_FULL,
                    "at most " + parallel + " registrations run at a time"
                            + (hanging == 0 ? "" : "; " + hanging + " of them hang in their model's runtime"),
                    RETRY_AFTER);
        }
        Path path = directory.resolve(UUID.randomUUID().toString());
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            room.release();
            throw new RegistryUnavailable("the disk takes no registrations", e);
        }
        return new Place(path);
    }

    private static void remove(Path path) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(path)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
    }
}
