package dev.weir.deployment;

import dev.weir.servable.ArtifactDigests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the directory of deployment files was at one moment, whether that makes sense or not. */
sealed interface DirectoryState {

    /**
     * Files that were all read from one state of the directory.
     *
     * @param files what each holds, by its name
     * @param digest {@code sha256:} and the digest over names and contents
     */
    record Held(SortedMap<String, Content> files, String digest) implements DirectoryState {

        /** Makes the digest. */
        static Held of(SortedMap<String, Content> files) {
            MessageDigest sha256 = ArtifactDigests.sha256();
            files.forEach((name, content) -> {
                update(sha256, name);
                if (content instanceof Content.Broken) {
                    sha256.update((byte) 0); // so that what can't be read is never taken for a text
                }
                update(
                        sha256,
                        switch (content) {
                            case Content.Text text -> text.text();
                            case Content.Broken broken -> broken.problem();
                        });
            });
            return new Held(
                    Collections.unmodifiableSortedMap(new TreeMap<>(files)),
                    "sha256:" + HexFormat.of().formatHex(sha256.digest()));
        }

        private static void update(MessageDigest digest, String text) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
    }

    /** The directory can't be read, which says nothing of what is to be deployed. */
    record Unreadable(String problem) implements DirectoryState {}

    /** The files changed under the reader, each time it tried. */
    record Moving() implements DirectoryState {}

    /** What one file holds. */
    sealed interface Content {

        /** A text. */
        record Text(String text) implements Content {}

        /** No text, and why. */
        record Broken(String problem) implements Content {}
    }
}
