package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.RegistryUnavailable;
import java.io.InputStream;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bucket into which clients of an MLflow log artifacts past its proxy, for a Weir that has keys of its own to it.
 * MLflow says where artifacts lie, and whoever may write to MLflow says it to MLflow; so only the bucket, and what lies
 * below the prefix in it, that the configuration names is read with these keys. Thread-safe; methods block.
 */
final class MlflowBucket implements AutoCloseable {

    private final S3Objects objects;
    private final String root;

    private MlflowBucket(S3Objects objects, String root) {
        this.objects = objects;
        this.root = root;
    }

    /**
     * Makes a client if the configuration names a bucket; asks nobody yet.
     *
     * @throws ConfigurationRejected naming the key that is wrong
     */
    static @Nullable MlflowBucket open(S3Config config) {
        return config.bucket().isEmpty()
                ? null
                : new MlflowBucket(
                        S3Objects.open(config), "s3://" + S3Access.bucket(config) + "/" + S3Access.prefix(config));
    }

    /** Says whether artifacts that MLflow says lie there lie in this bucket, below its prefix. */
    boolean holds(String uri) {
        return uri.startsWith(root);
    }

    /**
     * Returns where in this bucket artifacts lie that it {@linkplain #holds holds}.
     *
     * @throws ArtifactRejected when the address leads elsewhere
     */
    String place(String uri) {
        String place = uri.substring(root.length());
        try {
            MlflowClient.encodePath(place);
        } catch (RegistryUnavailable e) {
            throw new ArtifactRejected("MLflow names a path that leads elsewhere");
        }
        return place;
    }

    /**
     * Returns the sizes of the files in one directory, by name.
     *
     * @throws ArtifactRejected when it, with all below it, has more files
     * @throws RegistryUnavailable when the bucket can't be read
     */
    SortedMap<String, @Nullable Long> list(String directory, int maxFiles) {
        String below = directory + "/";
        SortedMap<String, @Nullable Long> sizes = new TreeMap<>();
        int[] seen = {0};
        objects.list(below, object -> {
            if (++seen[0] > maxFiles) {
                throw MlflowArtifacts.tooMany();
            }
            String name = object.key().substring(below.length());
            if (!name.isEmpty() && name.indexOf('/') < 0) {
                sizes.put(name, object.size());
            }
        });
        return sizes;
    }

    /**
     * Opens a file.
     *
     * @throws RegistryUnavailable when there is none, or it can't be read
     */
    InputStream open(String path) {
        InputStream in = objects.open(path);
        if (in == null) {
            throw new RegistryUnavailable("a file that MLflow's bucket listed is gone", null);
        }
        return in;
    }

    @Override
    public void close() {
        objects.close();
    }
}
