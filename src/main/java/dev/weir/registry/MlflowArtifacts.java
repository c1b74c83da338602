package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.FileInfo;
import dev.weir.registry.MlflowAnswers.FileList;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of one version: from the bucket that Weir was given keys to, if they lie there, and else through the tracking
 * server, from its artifact proxy where it has one, or as it reads them itself, wherever they lie. So Weir needs no keys
 * to any other store, and asks no other host.
 */
final class MlflowArtifacts {

    private static final String PROXY = "api/2.0/mlflow-artifacts/artifacts";
    private static final String PROXIED = "mlflow-artifacts:";
    private static final int MAX_FILES = 1_000;

    /** Where lists of files come from. */
    private sealed interface Lists {

        /** The bucket, at a path below its root. */
        record InBucket(MlflowBucket bucket, String root) implements Lists {}

        /** The tracking server. */
        sealed interface Asked extends Lists {}

        /** Its proxy, at a path below the proxy's root. */
        record Proxy(String root) implements Asked {}

        /** Its API of a logged model. */
        record OfLoggedModel(String id) implements Asked {}

        /** Its API of a run, at a path below the run's artifacts. */
        record OfRun(String id, String prefix) implements Asked {}
    }

    private final MlflowClient client;
    private final VersionRef ref;
    private final Lists lists;

    private MlflowArtifacts(MlflowClient client, VersionRef ref, Lists lists) {
        this.client = client;
        this.ref = ref;
        this.lists = lists;
    }

    /**
     * Finds a version's files.
     *
     * @param uri where MLflow says that they lie
     * @throws ArtifactRejected when the server can't list what lies there
     */
    static MlflowArtifacts of(MlflowStores stores, VersionRef ref, ModelVersion version, String uri) {
        MlflowClient client = stores.server();
        MlflowBucket bucket = stores.bucket();
        if (bucket != null && bucket.holds(uri)) {
            return new MlflowArtifacts(client, ref, new Lists.InBucket(bucket, bucket.place(uri)));
        }
        if (uri.startsWith(PROXIED)) {
            return new MlflowArtifacts(client, ref, new Lists.Proxy(proxied(client, uri)));
        }
        String loggedModel = version.loggedModel();
        if (loggedModel != null) {
            return new MlflowArtifacts(client, ref, new Lists.OfLoggedModel(loggedModel));
        }
        String prefix = prefix(client, version.runId(), uri);
        if (version.runId() != null && prefix != null) {
            return new MlflowArtifacts(client, ref, new Lists.OfRun(version.runId(), prefix));
        }
        throw new ArtifactRejected(
                "MLflow can't list the artifacts of " + ref + ", which belong to no run; log the model within a run");
    }

    private static String proxied(MlflowClient client, String uri) {
        try {
            URI address = URI.create(uri);
            String path = address.getPath();
            if (client.isHere(address) && path != null && path.startsWith("/")) {
                MlflowClient.encodePath(path.substring(1)); // or it leads elsewhere
                return path.substring(1);
            }
        } catch (IllegalArgumentException e) {
            // below
        }
        throw new ArtifactRejected("the version's artifacts lie with another server than the registry's");
    }

    /** Returns where below a run's artifacts an address lies, or null when it lies elsewhere. */
    private static @Nullable String prefix(MlflowClient client, @Nullable String run, String uri) {
        if (run == null || run.isEmpty()) {
            return null;
        }
        FileList top = client.get(MlflowClient.API + "artifacts/list", Map.of("run_id", run), FileList.class);
        String root = top == null ? null : top.rootUri();
        return root != null && uri.startsWith(root + "/") ? uri.substring(root.length() + 1) : null;
    }

    /**
     * Returns the sizes of the files in one directory of the version, by name; null for a size that is not known.
     *
     * @param directory its path in the version; empty for the version itself
     * @throws RegistryUnavailable when the registry can't be read
     */
    SortedMap<String, @Nullable Long> list(String directory) {
        return switch (lists) {
            case Lists.InBucket(MlflowBucket bucket, String root) -> bucket.list(join(root, directory), MAX_FILES);
            case Lists.Asked asked -> sizes(ask(asked, directory));
        };
    }

    private @Nullable FileList ask(Lists.Asked asked, String directory) {
        return switch (asked) {
            case Lists.Proxy(String root) -> client.get(PROXY, Map.of("path", join(root, directory)), FileList.class);
            case Lists.OfLoggedModel(String id) ->
                client.get(
                        MlflowClient.API + "logged-models/" + id + "/artifacts/directories",
                        directory.isEmpty() ? Map.of() : Map.of("artifact_directory_path", directory),
                        FileList.class);
            case Lists.OfRun(String id, String prefix) ->
                client.get(
                        MlflowClient.API + "artifacts/list",
                        Map.of("run_id", id, "path", join(prefix, directory)),
                        FileList.class);
        };
    }

    private static SortedMap<String, @Nullable Long> sizes(@Nullable FileList answer) {
        List<FileInfo> entries = answer == null ? List.of() : answer.entries();
        if (entries.size() > MAX_FILES) {
            throw tooMany();
        }
        SortedMap<String, @Nullable Long> sizes = new TreeMap<>();
        for (FileInfo entry : entries) {
            String path = entry.path();
            if (path != null && !Boolean.TRUE.equals(entry.isDir())) {
                Long size = entry.fileSize();
                sizes.put(path.substring(path.lastIndexOf('/') + 1), size == null || size < 0 ? null : size);
            }
        }
        return sizes;
    }

    static ArtifactRejected tooMany() {
        return new ArtifactRejected("a version from MLflow has at most " + MAX_FILES + " files in a directory");
    }

    private static String join(String parent, String child) {
        return child.isEmpty() ? parent : parent + "/" + child;
    }

    /**
     * Opens a file.
     *
     * @param path its path in the version
     * @throws RegistryUnavailable when the registry can't be read
     */
    InputStream open(String path) {
        return switch (lists) {
            case Lists.InBucket(MlflowBucket bucket, String root) -> bucket.open(join(root, path));
            case Lists.Proxy(String root) ->
                client.open(PROXY + "/" + MlflowClient.encodePath(root + "/" + path), Map.of());
            case Lists.OfLoggedModel _, Lists.OfRun _ ->
                client.open(
                        "model-versions/get-artifact",
                        Map.of("name", ref.model(), "version", ref.version(), "path", path));
        };
    }

    /**
     * Reads a small file.
     *
     * @throws ArtifactRejected when it has more bytes
     */
    byte[] read(String path, int maxBytes) {
        byte[] bytes;
        try (InputStream in = open(path)) {
            bytes = in.readNBytes(maxBytes + 1);
        } catch (IOException e) {
            throw new RegistryUnavailable("MLflow broke off while a file was read", e);
        }
        if (bytes.length > maxBytes) {
            throw new ArtifactRejected("the version's " + path + " has more than " + maxBytes + " bytes");
        }
        return bytes;
    }
}
