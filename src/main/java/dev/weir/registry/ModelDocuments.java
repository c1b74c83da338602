package dev.weir.registry;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The small files beside a model's versions that change, such as {@code <model>/aliases.json}. Every reader gets a
 * document as it was before a change or as it is after it; of two changes at once, one sees what the other made.
 */
interface ModelDocuments {

    /** The most bytes a document may have. */
    int MAX_BYTES = 4 << 20;

    /** Makes a new document of an old one; may be asked again when somebody else was faster. */
    @FunctionalInterface
    interface Change {

        /**
         * Returns the new document's bytes.
         *
         * @param before the old one's, or null when there is none
         */
        byte[] of(byte @Nullable [] before) throws IOException;
    }

    /**
     * Returns a document's bytes, or null when there is none.
     *
     * @throws IOException when it can't be read, or is too large to be one
     */
    byte @Nullable [] read(String model, String name) throws IOException;

    /**
     * Replaces a document, for good before this returns.
     *
     * @throws IOException when it can't be read or written; what was there before is there still
     */
    void change(String model, String name, Change change) throws IOException;
}
