package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelManifest;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/** A directory of versions: {@code <model>/<version>/manifest.json}. Entries whose names are no names are not seen. */
@ApplicationScoped
@Startup(DirectoryModelSource.BEFORE_DEPLOYMENTS)
public class DirectoryModelSource implements ModelSource {

    /** Deployments are loaded on start-up too, at priority 100; a wrong directory must be found before. */
    static final int BEFORE_DEPLOYMENTS = 50;

    private static final String MANIFEST = "manifest.json";
    private static final String UNREADABLE = "the registry directory can't be read";
    private static final long MAX_MANIFEST_BYTES = 16L << 20;

    private final Path root;
    private final MeterRegistry meters;

    /**
     * Opens the configured directory.
     *
     * @throws ConfigurationRejected when there is none that can be read
     */
    @Inject
    public DirectoryModelSource(RegistryConfig config, MeterRegistry meters) {
        this(config.directory(), meters);
    }

    /**
     * Opens a directory.
     *
     * @throws ConfigurationRejected when there is none that can be read
     */
    public DirectoryModelSource(Path root, MeterRegistry meters) {
        this.root = root;
        this.meters = meters;
        if (!isReadable()) {
            throw new ConfigurationRejected(
                    List.of("weir.registry.directory: there is no directory that can be read at " + root));
        }
    }

    private boolean isReadable() {
        return Files.isDirectory(root) && Files.isReadable(root) && Files.isExecutable(root);
    }

    @Override
    public List<VersionRef> versions() {
        return counted("versions", this::list);
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        return counted("fetch", () -> read(ref));
    }

    private <T> T counted(String operation, Supplier<T> request) {
        String result = "failed";
        try {
            T answer = request.get();
            result = "ok";
            return answer;
        } finally {
            Meters.REGISTRY_REQUESTS.counter(meters, operation, result).increment();
        }
    }

    private List<VersionRef> list() {
        List<VersionRef> refs = new ArrayList<>();
        try {
            for (Path model : directories(root)) {
                for (Path version : directories(model)) {
                    if (Files.isRegularFile(version.resolve(MANIFEST), LinkOption.NOFOLLOW_LINKS)) {
                        refs.add(new VersionRef(
                                model.getFileName().toString(),
                                version.getFileName().toString()));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new ArtifactRejected(UNREADABLE, e);
        }
        return refs;
    }

    private static List<Path> directories(Path parent) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                parent,
                entry -> Files.isDirectory(entry)
                        && Names.isName(entry.getFileName().toString()))) {
            entries.forEach(found::add);
        }
        found.sort(Comparator.comparing(path -> path.getFileName().toString()));
        return found;
    }

    private ModelArtifact read(VersionRef ref) {
        if (!isReadable()) {
            throw new ArtifactRejected(UNREADABLE);
        }
        Path directory = root.resolve(ref.model()).resolve(ref.version());
        Path file = directory.resolve(MANIFEST);
        byte[] bytes;
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new ArtifactRejected("the registry has no version " + ref);
            }
            if (Files.size(file) > MAX_MANIFEST_BYTES) {
                throw new ArtifactRejected("the manifest is larger than " + MAX_MANIFEST_BYTES + " bytes");
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ArtifactRejected("the manifest can't be read", e);
        }
        ModelManifest manifest = ManifestReader.read(bytes);
        if (!manifest.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + manifest.ref());
        }
        return new ModelArtifact(manifest, directory, "sha256:" + ArtifactDigests.sha256(bytes));
    }
}
