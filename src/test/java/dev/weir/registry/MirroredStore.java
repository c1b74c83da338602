package dev.weir.registry;

import dev.weir.fixture.FixedS3Config;
import dev.weir.fixture.S3Door;
import dev.weir.fixture.S3Door.Fate;
import dev.weir.fixture.S3Server;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelDescriber;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A registry in a real store that holds what a directory holds, and the cache of one server that reads it. */
public final class MirroredStore implements AutoCloseable {

    private static final S3Server SERVER = S3Server.shared();

    private final Path registry;
    private final Path place;
    private final S3Door door = new S3Door(SERVER.address());
    private final String bucket = SERVER.bucket();
    private @Nullable ArtifactCache cache;

    /**
     * Makes a store.
     *
     * @param registry the directory
     * @param place where the cache shall lie
     */
    public MirroredStore(Path registry, Path place) {
        this.registry = registry;
        this.place = place;
    }

    /** Opens the cache, as a server does that starts, and returns its registry. */
    public ModelSource open(MeterRegistry meters, InstantSource clock) {
        ArtifactCache fresh = ArtifactCache.open(place, 1 << 20, clock);
        cache = fresh;
        return new CachedModelSource(
                new S3ModelSource(
                        new FixedS3Config(
                                Optional.of(bucket),
                                Optional.of("registry"),
                                Optional.of(door.address()),
                                1,
                                Duration.ofSeconds(2)),
                        fresh,
                        new ModelDescriber(),
                        new FileInspection(1_000, 1 << 30, 1 << 30),
                        clock),
                fresh,
                meters,
                clock);
    }

    /** Puts what the directory holds into the store. */
    public void mirror() throws IOException {
        try (Stream<Path> all = Files.walk(registry)) {
            List<Path> files = all.filter(Files::isRegularFile).toList();
            for (Path file : files) {
                SERVER.put(bucket, "registry/" + registry.relativize(file), file);
            }
        }
    }

    /** Lets a process that has the cache to itself download half of a version; then it is killed and the store is gone. */
    public void killDownload(VersionRef ref) throws Exception {
        leave();
        door.fates(request -> request.startsWith("GET") && request.contains(ref + "/model.onnx")
                ? new Fate.Stall(16_000)
                : new Fate.Pass());
        HalfDone.download(place, bucket, door.address(), ref);
        door.shut();
    }

    /** Says what happens to requests from now on; see {@link S3Door#fates}. */
    public void fates(Function<String, Fate> next) {
        door.fates(next);
    }

    /** Makes the store answer again, and rightly. */
    public void repair() {
        door.fates(request -> new Fate.Pass());
        if (door.isShut()) {
            door.open();
        }
    }

    /** Closes the cache, as a server does that ends. */
    public void leave() {
        ArtifactCache open = cache;
        if (open != null) {
            open.close();
            cache = null;
        }
    }

    @Override
    public void close() {
        leave();
        door.close();
    }
}
