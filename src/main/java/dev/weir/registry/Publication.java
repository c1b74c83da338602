package dev.weir.registry;

import dev.weir.inference.VersionRef;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A version that is complete on this machine and may enter a registry.
 *
 * @param ref the version
 * @param manifest the bytes of its {@code manifest.json}, which describe the files
 * @param files where each file that the manifest lists lies now, by its path in the version
 */
public record Publication(VersionRef ref, byte[] manifest, SortedMap<String, Path> files) {

    /** Copies the map. */
    public Publication {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }
}
