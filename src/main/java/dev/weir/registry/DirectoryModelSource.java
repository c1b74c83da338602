package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelManifest;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of versions: {@code <model>/<version>/manifest.json}, or {@code <model>/<number>/model.onnx} without a
 * manifest. Entries whose names are no names are not seen.
 */
@Singleton
@Identifier("directory")
public class DirectoryModelSource implements ModelSource {

    private static final String MANIFEST = DirectoryVersions.MANIFEST;
    private static final String UNREADABLE = "the registry directory can't be read";
    private static final long MAX_MANIFEST_BYTES = 16L << 20;

    private static final int MARK_DEPTH = 8;
    private static final int MARK_FILES = 1_000;

    private final Path root;
    private final MeterRegistry meters;
    private final BareVersions bare;
    private final DirectoryVersions versions;
    private final Aliases aliases;
    private final Revocations revocations;

    /**
     * Opens the configured directory.
     *
     * @throws ConfigurationRejected when there is none that can be read
     */
    @Inject
    public DirectoryModelSource(RegistryConfig config, ModelDescriber describer, MeterRegistry meters) {
        this(config.directory(), describer, meters);
    }

    /**
     * Opens a directory.
     *
     * @param describer reads versions without a manifest
     * @throws ConfigurationRejected when there is none that can be read
     */
    public DirectoryModelSource(Path root, ModelDescriber describer, MeterRegistry meters) {
        this.root = root;
        this.meters = meters;
        this.bare = new BareVersions(describer);
        this.versions = new DirectoryVersions(root, bare);
        ModelDocuments documents = new DirectoryDocuments(root);
        this.aliases = new Aliases(documents);
        this.revocations = new Revocations(documents);
        if (!isReadable()) {
            throw new ConfigurationRejected(
                    List.of("weir.registry.directory: there is no directory that can be read at " + root));
        }
    }

    private boolean isReadable() {
        return Files.isDirectory(root) && Files.isReadable(root) && Files.isExecutable(root);
    }

    @Override
    public Listing list() {
        return counted("list", this::readAll);
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        return counted("fetch", () -> read(ref).inSharedDirectory());
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

    private Listing readAll() {
        Map<VersionRef, String> marks = new HashMap<>();
        Map<String, Map<String, String>> names = new HashMap<>();
        Map<VersionRef, Revocation> revoked = new HashMap<>();
        Map<String, String> problems = new HashMap<>();
        List<Path> models;
        try {
            models = directories(root);
        } catch (IOException | DirectoryIteratorException e) {
            throw unreadable(e);
        }
        for (Path model : models) {
            String name = model.getFileName().toString();
            try {
                marks.putAll(marks(model, name));
            } catch (IOException | DirectoryIteratorException | UncheckedIOException e) {
                problems.put(name, "the versions of model '" + name + "' can't be read");
                continue;
            }
            try {
                names.put(name, aliases.read(name));
                revoked.putAll(revocations.read(name));
            } catch (IOException e) {
                problems.put(name, "the aliases or revocations of model '" + name + "' can't be read");
            }
        }
        return Listing.of(marks, names, revoked, problems);
    }

    private Map<VersionRef, String> marks(Path model, String name) throws IOException {
        Map<VersionRef, String> marks = new HashMap<>();
        for (Path version : directories(model)) {
            if (versions.holds(version)) {
                marks.put(new VersionRef(name, version.getFileName().toString()), mark(version));
            }
        }
        return marks;
    }

    private static RegistryUnavailable unreadable(@Nullable Exception cause) {
        return new RegistryUnavailable(UNREADABLE, cause);
    }

    /** Returns names, sizes and times of a version's files; a version that changes while it is read differs next time. */
    private static String mark(Path version) throws IOException {
        StringBuilder mark = new StringBuilder();
        try (Stream<Path> files = Files.walk(version, MARK_DEPTH)) {
            files.limit(MARK_FILES).sorted().forEach(file -> {
                try {
                    BasicFileAttributes attributes =
                            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    if (!attributes.isDirectory()) {
                        mark.append(version.relativize(file))
                                .append(' ')
                                .append(attributes.size())
                                .append(' ')
                                .append(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS))
                                .append(';');
                    }
                } catch (IOException e) {
                    mark.append(file.getFileName()).append(" ?;");
                }
            });
        }
        return ArtifactDigests.sha256(mark.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static List<Path> directories(Path parent) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                parent,
                entry -> Files.isDirectory(entry)
                        && Names.isName(entry.getFileName().toString())
                        && !DirectoryVersions.isHidden(entry))) {
            entries.forEach(found::add);
        }
        found.sort(Comparator.comparing(path -> path.getFileName().toString()));
        return found;
    }

    private ModelArtifact read(VersionRef ref) {
        if (!isReadable()) {
            throw unreadable(null);
        }
        Path directory = root.resolve(ref.model()).resolve(ref.version());
        if (versions.isBare(directory)) {
            return bare.read(ref, directory);
        }
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
            throw new RegistryUnavailable("the manifest can't be read", e);
        }
        ModelManifest manifest = ManifestReader.read(bytes);
        if (!manifest.ref().equals(ref)) {
            throw new ArtifactRejected("the manifest of " + ref + " says it is " + manifest.ref());
        }
        return new ModelArtifact(manifest, directory, "sha256:" + ArtifactDigests.sha256(bytes));
    }

    @Override
    public boolean publish(Publication publication) {
        return counted("publish", () -> versions.publish(publication));
    }

    @Override
    public void revoke(VersionRef ref, Revocation revocation) {
        requireVersion(ref);
        counted("revoke", () -> {
            revocations.add(ref, revocation);
            return ref;
        });
    }

    @Override
    public void delete(VersionRef ref) {
        counted("delete", () -> {
            versions.delete(ref);
            return ref;
        });
    }

    @Override
    public void moveAlias(String model, AliasMove move) {
        requireVersion(new VersionRef(model, move.to()));
        counted("alias", () -> {
            aliases.move(model, move);
            return move;
        });
    }

    private void requireVersion(VersionRef ref) {
        if (!versions.holds(ref)) {
            throw new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
        }
    }

    @Override
    public List<AliasMove> aliasHistory(String model) {
        try {
            return aliases.history(Names.requireName(model, "model"));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
