package dev.weir.predictionlog;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one variant in one snapshot have in common. One instance is shared by all of them: the log writes
 * it once for many records.
 *
 * @param deployment the deployment that was called
 * @param configDigest the digest of the configuration that routed
 * @param experiment the experiment the deployment runs, or null
 * @param epoch the epoch of its effective traffic, or null
 * @param variant the variant's name
 * @param role the part it plays
 * @param version the version behind it
 * @param manifestDigest {@code sha256:} and the digest of the version's manifest
 * @param runtime runtime and version, such as {@code onnxruntime 1.29.0}
 * @param retention the class that says how long the records live
 */
public record RecordContext(
        String deployment,
        String configDigest,
        @Nullable String experiment,
        @Nullable String epoch,
        String variant,
        VariantRole role,
        VersionRef version,
        String manifestDigest,
        String runtime,
        String retention) {}
