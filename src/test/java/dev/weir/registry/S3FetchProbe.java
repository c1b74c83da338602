package dev.weir.registry;

import dev.weir.fixture.FixedS3Config;
import dev.weir.inference.VersionRef;
import dev.weir.servable.FileInspection;
import dev.weir.servable.ModelDescriber;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A process that fetches one version into a cache. */
final class S3FetchProbe {

    private S3FetchProbe() {}

    /** Waits as long as it takes; the arguments are the cache's directory, the bucket, and the store's address. */
    public static void main(String[] arguments) {
        try (ArtifactCache cache = ArtifactCache.open(Path.of(arguments[0]), 1 << 20, Instant::now)) {
            FixedS3Config config = new FixedS3Config(
                    Optional.of(arguments[1]),
                    Optional.of("registry"),
                    Optional.of(URI.create(arguments[2])),
                    1,
                    Duration.ofMinutes(5));
            new S3ModelSource(
                            config,
                            cache,
                            new ModelDescriber(),
                            new FileInspection(1_000, 1 << 30, 1 << 30),
                            Instant::now)
                    .fetch(new VersionRef("iris", "1"));
        }
    }
}
