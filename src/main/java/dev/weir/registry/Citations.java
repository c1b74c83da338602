package dev.weir.registry;

import dev.weir.inference.VersionRef;
import org.jspecify.annotations.Nullable;

/**
 * Something that refers to versions by name and must be able to find them, such as retained predictions. A version that
 * is cited can't be deleted.
 *
 * <p>Implementations are beans and are asked one after the other, on a thread that may block, before a version is deleted.
 * One that throws keeps the version.
 */
public interface Citations {

    /** Says who cites a version, in words that complete "it is cited by", or null when nobody does. */
    @Nullable
    String citing(VersionRef ref);
}
