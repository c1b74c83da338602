package dev.weir.registry;

/**
 * A registry on another machine. It says what it is asked as it is now, and fails when it can't be reached; {@link
 * #fetch} puts what it brings into the {@link ArtifactCache}. What happens while it is down is the concern of {@link
 * CachedModelSource}, which stands before each.
 */
interface RemoteModelSource extends ModelSource {

    /**
     * Returns what tells this registry from all others, such as its kind and address. It stands beside what is kept of
     * the registry, so that a server that is pointed at another one does not serve from what it kept of this one; never
     * with a secret.
     */
    String identity();
}
