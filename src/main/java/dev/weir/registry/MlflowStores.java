package dev.weir.registry;

import org.jspecify.annotations.Nullable;

/**
 * From where the artifacts of an MLflow come.
 *
 * @param server the tracking server
 * @param bucket the bucket to which Weir has keys of its own; null for none
 */
record MlflowStores(MlflowClient server, @Nullable MlflowBucket bucket) implements AutoCloseable {

    @Override
    public void close() {
        server.close();
        if (bucket != null) {
            bucket.close();
        }
    }
}
