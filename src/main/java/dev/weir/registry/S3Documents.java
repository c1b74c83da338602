package dev.weir.registry;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Documents in a bucket. A change is written on condition that the document is still the one it was made of, so of two
 * servers that change it at once, one does so again. The store must honour such conditions.
 */
final class S3Documents implements ModelDocuments {

    private static final int TRIES = 50;

    private final S3Objects objects;
    private final Map<String, S3Objects.Content> read = new ConcurrentHashMap<>();

    /** Lets the threads of this server change documents one after the other, instead of all trying again. */
    private final Object writer = new Object();

    S3Documents(S3Objects objects) {
        this.objects = objects;
    }

    /**
     * Returns the documents as a listing of the bucket has them: one that has not changed since it was last read is not
     * read again.
     *
     * @param etags what tells documents from their former selves, by key; a document without is not there
     */
    ModelDocuments listed(Map<String, String> etags) {
        read.keySet().retainAll(etags.keySet());
        return new ModelDocuments() {
            @Override
            public byte @Nullable [] read(String model, String name) throws IOException {
                String key = model + "/" + name;
                String etag = etags.get(key);
                S3Objects.Content known = read.get(key);
                if (etag == null || (known != null && known.etag().equals(etag))) {
                    return etag == null || known == null ? null : known.bytes();
                }
                S3Objects.Content fresh = objects.read(key, MAX_BYTES);
                if (fresh == null) {
                    return null;
                }
                read.put(key, fresh);
                return fresh.bytes();
            }

            @Override
            public void change(String model, String name, Change change) {
                throw new UnsupportedOperationException("a listing is read only");
            }
        };
    }

    @Override
    public byte @Nullable [] read(String model, String name) throws IOException {
        S3Objects.Content content = objects.read(model + "/" + name, MAX_BYTES);
        return content == null ? null : content.bytes();
    }

    @Override
    public void change(String model, String name, Change change) throws IOException {
        String key = model + "/" + name;
        synchronized (writer) {
            byte[] tried = null;
            for (int i = 0; i < TRIES; i++) {
                S3Objects.Content before = objects.read(key, MAX_BYTES);
                if (before != null && Arrays.equals(before.bytes(), tried)) {
                    return; // it was written, and only the answer was lost
                }
                tried = change.of(before == null ? null : before.bytes());
                if (objects.put(
                        key,
                        tried,
                        before == null
                                ? new S3Objects.Condition.Absent()
                                : new S3Objects.Condition.Still(before.etag()))) {
                    return;
                }
            }
        }
        throw new IOException("others change the document all the time");
    }
}
