package dev.weir.api.admin;

import dev.weir.api.admin.RegistryViews.UnmetView;
import dev.weir.inference.TensorSpec;
import dev.weir.registry.Registration;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.ModelManifest;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** How registrations look on the wire. */
final class RegistrationViews {

    private RegistrationViews() {}

    /** The form that hands over a version; for the API's description only. */
    @Schema(name = "RegistrationForm", requiredProperties = "model")
    record FormSchema(
            @Schema(
                    type = SchemaType.ARRAY,
                    implementation = BinaryPart.class,
                    description = "The files of the version, the model itself first; each file's name is its path")
            List<BinaryPart> model,

            @Schema(description = "What is known of the version: a manifest, of which every field may be missing")
            @Nullable
            Object manifest,

            @Schema(description = "Golden samples as in a manifest, without datatypes and shapes if that is easier")
            @Nullable
            List<Object> golden,

            @Schema(
                    type = SchemaType.STRING,
                    format = "binary",
                    description = "A sample of the training data, CSV with column names or Parquet")
            @Nullable
            BinaryPart training,

            @Schema(description = "The version's name; the next number if absent") @Nullable
            String version,

            @Schema(description = "An alias that shall stand for the version") @Nullable
            String alias,

            @Schema(description = "Why the alias moves, in up to 500 characters") @Nullable
            String reason) {}

    /** Bytes. */
    @Schema(name = "BinaryPart", type = SchemaType.STRING, format = "binary")
    record BinaryPart() {}

    /**
     * What became of a registration.
     *
     * @param model the model
     * @param version the version's name
     * @param result what became of it
     * @param digest the digest of its manifest
     * @param format its format
     * @param files its files
     * @param inputs what it takes
     * @param outputs what it gives
     * @param profile the path of its reference profile
     * @param warnings what its maker may want to add
     * @param unmet what it does not meet of the demands of policies
     * @param alias the alias that stands for it now
     * @param aliasProblem why the alias could not be moved to it
     */
    @Schema(
            requiredProperties = {
                "model",
                "version",
                "result",
                "digest",
                "format",
                "files",
                "inputs",
                "outputs",
                "warnings",
                "unmet"
            })
    record RegistrationView(
            String model,
            String version,

            @Schema(
                    description = "created: it is there now; unchanged: it was there before; dry_run: it could be",
                    enumeration = {"created", "unchanged", "dry_run"})
            String result,

            @Schema(description = "The digest of the version's manifest, which has the digests of its files")
            String digest,

            String format,
            List<FileView> files,
            List<TensorView> inputs,
            List<TensorView> outputs,

            @Schema(description = "The path of its reference profile") @Nullable
            String profile,

            @Schema(description = "What its maker may want to add next time")
            List<String> warnings,

            @Schema(
                    description = "Demands of policies that it does not meet; as long as it does not, it may not serve"
                            + " where they hold")
            List<UnmetView> unmet,

            @Schema(description = "The alias that stands for it now") @Nullable
            String alias,

            @Schema(
                    description = "Why the alias could not be moved, or what serves not follow it. The version is there"
                            + " even so; sending the same again tries the alias again")
            @Nullable
            ProblemView aliasProblem) {}

    /**
     * What went wrong after a version was published.
     *
     * @param code the stable code
     * @param detail the problem in words
     * @param field what is wrong in the request, when it is one thing
     */
    @Schema(
            name = "AliasProblem",
            requiredProperties = {"code", "detail"})
    record ProblemView(String code, String detail, @Nullable String field) {}

    /**
     * A file of a version.
     *
     * @param path its path
     * @param sha256 its digest
     * @param bytes its size
     */
    @Schema(requiredProperties = {"path", "sha256", "bytes"})
    record FileView(String path, String sha256, long bytes) {}

    /**
     * A tensor of a signature.
     *
     * @param name its name
     * @param datatype its type
     * @param shape its extents, -1 for any
     * @param features the names of its columns
     */
    @Schema(requiredProperties = {"name", "datatype", "shape", "features"})
    record TensorView(String name, String datatype, List<Long> shape, List<String> features) {}

    static RegistrationView of(
            Registration registration,
            List<UnmetView> unmet,
            @Nullable String alias,
            @Nullable ProblemView aliasProblem) {
        ModelManifest manifest = registration.artifact().manifest();
        return new RegistrationView(
                manifest.ref().model(),
                manifest.ref().version(),
                registration.result().name().toLowerCase(Locale.ROOT),
                registration.artifact().digest(),
                manifest.format(),
                manifest.files().stream().map(RegistrationViews::view).toList(),
                manifest.signature().inputs().stream()
                        .map(RegistrationViews::view)
                        .toList(),
                manifest.signature().outputs().stream()
                        .map(RegistrationViews::view)
                        .toList(),
                manifest.profile(),
                registration.warnings(),
                unmet,
                alias,
                aliasProblem);
    }

    private static FileView view(ArtifactFile file) {
        return new FileView(file.path(), file.sha256(), file.bytes());
    }

    private static TensorView view(TensorSpec spec) {
        return new TensorView(
                spec.name(),
                spec.datatype().name(),
                LongStream.of(spec.shape().toArray()).boxed().toList(),
                spec.features());
    }
}
