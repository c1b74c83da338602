package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.profile.ProfileBuilder;
import dev.weir.profile.ProfileColumn;
import dev.weir.profile.ReferenceProfile;
import dev.weir.servable.ArtifactDigests;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import dev.weir.servable.ModelManifest;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes models in: completes what their maker says, tries them as the load gate will, and publishes them. What is handed
 * over twice is there once, also if that happens at the same time.
 *
 * <p>Thread-safe. Nothing is seen by others before all of it is there.
 */
@ApplicationScoped
public class Registrar {

    private static final Log LOG = Log.of(Registrar.class);

    private final ModelSource source;
    private final List<ModelFormat> formats;
    private final Rehearsal rehearsal;
    private final NextVersion next;
    private final MeterRegistry meters;

    @Inject
    Registrar(
            ModelSource source,
            Manifests manifests,
            ModelDescriber describer,
            LoadGate gate,
            RegistryConfig config,
            MeterRegistry meters) {
        this.source = source;
        this.formats = describer.formats();
        this.rehearsal = new Rehearsal(gate, describer, config.loadTimeout());
        this.next = new NextVersion(source, manifests);
        this.meters = meters;
        Meters.REGISTRATIONS_HANGING.gauge(meters, rehearsal, Rehearsal::leftBehind);
    }

    /**
     * Registers a version, or tries to. Blocks as long as a load takes.
     *
     * @param dryRun whether to leave the registry as it is
     * @throws RequestRejected naming what is wrong with the submission, or that the registry holds something else under
     *     that name
     * @throws RegistryUnavailable when the registry or the disk fails
     */
    public Registration register(Submission submission, boolean dryRun) {
        String result = "failed";
        try {
            Registration registration = complete(submission, dryRun);
            result = registration.result().name().toLowerCase(Locale.ROOT);
            log(registration, submission.actor());
            return registration;
        } catch (RequestRejected e) {
            result = "refused";
            throw e;
        } catch (IOException e) {
            throw new RegistryUnavailable("the disk takes or gives no more of what was handed over", e);
        } finally {
            Meters.REGISTRATIONS.counter(meters, result).increment();
        }
    }

    /**
     * Returns how many models that were handed over hang in their runtime: their registrations were refused, and their
     * threads and memory are taken.
     */
    public int hanging() {
        return rehearsal.leftBehind();
    }

    private static void log(Registration registration, String actor) {
        ModelManifest manifest = registration.artifact().manifest();
        LOG.info("version handed over")
                .with(LogKey.MODEL, manifest.ref().model())
                .with(LogKey.VERSION, manifest.ref().version())
                .with(LogKey.DIGEST, registration.artifact().digest())
                .with(LogKey.ACTOR, actor)
                .with(LogKey.REASON, registration.result().name().toLowerCase(Locale.ROOT))
                .write();
    }

    private Registration complete(Submission submission, boolean dryRun) throws IOException {
        Submitted submitted = Submitted.read(submission);
        ModelFormat format = format(submitted);
        ManifestDocument.Signature given = submitted.given().signature();
        ModelSignature actual = rehearsal.describe(
                format, unnamed(submission.model(), submitted), submission.directory(), submitted.files());
        ManifestDocument.Signature signature = actual == null
                ? SignatureDraft.whole(given, format.name())
                : new SignatureDraft(actual).with(given, submitted.axisGiven());
        ManifestDraft draft = new ManifestDraft(
                submission.model(),
                format.name(),
                submitted.files(),
                signature,
                GoldenDraft.with(submitted.golden(), signature),
                profile(submitted, submission),
                submitted.given());
        List<String> warnings = new ArrayList<>();
        if (submission.training() != null) {
            draft = profiled(draft, submission, warnings);
        }
        warn(draft, warnings);
        return publish(draft, submitted, submission, dryRun, warnings);
    }

    /** Returns what a version is called whose name is not known yet: by its file, as others of the model may arrive. */
    private static VersionRef unnamed(String model, Submitted submitted) {
        return new VersionRef(
                model, "unnamed-" + submitted.files().getFirst().sha256().substring(0, 16));
    }

    private ModelFormat format(Submitted submitted) {
        String given = submitted.given().format();
        String model = submitted.files().getFirst().path();
        for (ModelFormat format : formats) {
            String conventional = format.conventionalFile();
            boolean fits = given != null
                    ? format.name().equals(given)
                    : conventional != null && model.endsWith(conventional.substring(conventional.lastIndexOf('.')));
            if (fits) {
                return format;
            }
        }
        List<String> known = formats.stream().map(ModelFormat::name).sorted().toList();
        throw new RequestRejected(
                given == null ? FailureCode.MISSING_FIELD : FailureCode.INVALID_FIELD,
                "the manifest must say which format the model has; known here are " + known,
                "manifest.format");
    }

    /** Returns the path of a profile that came along, after a look at it. */
    private static @Nullable String profile(Submitted submitted, Submission submission) throws IOException {
        String given = submitted.given().profile();
        if (given == null) {
            return null;
        }
        if (submission.training() != null) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the manifest names a profile, so none can be made", "training");
        }
        if (submitted.files().stream().noneMatch(file -> file.path().equals(given))) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "the profile is none of the files that arrived", "manifest.profile");
        }
        ReferenceProfile.read(submission.directory().resolve(given));
        return given;
    }

    private static ManifestDraft profiled(ManifestDraft draft, Submission submission, List<String> warnings)
            throws IOException {
        if (draft.files().stream().anyMatch(file -> file.path().equals(Submitted.PROFILE))) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    Submitted.PROFILE + " is the name of the profile that is made of the training data",
                    "model");
        }
        Path training = submission.training();
        if (training == null) {
            return draft;
        }
        ModelSignature signature = manifest(draft, "0").signature();
        List<ProfileColumn> columns = ProfileColumn.of(signature);
        if (columns.isEmpty()) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD,
                    "the model takes no columns by name; give its inputs features in manifest.signature",
                    "training");
        }
        ReferenceProfile profile = ProfileBuilder.build(training, columns, submission.limits(), submission.scratch());
        if (!profile.absent().isEmpty()) {
            warnings.add("the training data lack columns: " + String.join(", ", profile.absent()));
        }
        if (!profile.left().isEmpty()) {
            warnings.add("the profile leaves out free text: " + String.join(", ", profile.left()));
        }
        byte[] json = profile.toJson();
        Files.write(submission.directory().resolve(Submitted.PROFILE), json);
        List<ArtifactFile> files = new ArrayList<>(draft.files());
        files.add(new ArtifactFile(Submitted.PROFILE, ArtifactDigests.sha256(json), json.length));
        return new ManifestDraft(
                draft.model(),
                draft.format(),
                files,
                draft.signature(),
                draft.golden(),
                Submitted.PROFILE,
                draft.given());
    }

    private static ModelManifest manifest(ManifestDraft draft, String version) {
        try {
            return ManifestReader.read(draft.write(version));
        } catch (ArtifactRejected e) {
            throw new RequestRejected(FailureCode.INVALID_FIELD, e.publicMessage(), "manifest");
        }
    }

    private static void warn(ManifestDraft draft, List<String> warnings) {
        if (draft.golden().isEmpty()) {
            warnings.add("no golden samples: nobody knows whether this model answers here as it did where it was made");
        }
        if (draft.profile() == null) {
            warnings.add("no training data: what callers send can't be compared with what the model has learned from");
        }
        ManifestDocument.Origin lineage = draft.given().lineage();
        if (lineage == null) {
            warnings.add("no lineage: nobody can find the training run");
        } else if (lineage.code() == null || lineage.trainingData() == null) {
            warnings.add("lineage names no " + (lineage.code() == null ? "code" : "training_data"));
        }
    }

    private Registration publish(
            ManifestDraft draft, Submitted submitted, Submission submission, boolean dryRun, List<String> warnings) {
        String wanted = submitted.version();
        String version = wanted == null ? next.find(draft) : wanted;
        for (int tries = NextVersion.MAX_TRIES; ; tries--) {
            byte[] bytes = draft.write(version);
            ModelArtifact artifact = new ModelArtifact(
                    manifest(draft, version), submission.directory(), "sha256:" + ArtifactDigests.sha256(bytes));
            VersionRef ref = artifact.manifest().ref();
            if (next.holds(ref, artifact.digest())) {
                return new Registration(Registration.Result.UNCHANGED, artifact, warnings);
            }
            if (tries == NextVersion.MAX_TRIES) {
                rehearsal.run(artifact);
            }
            if (dryRun) {
                return new Registration(Registration.Result.DRY_RUN, artifact, warnings);
            }
            try {
                boolean created = source.publish(new Publication(ref, bytes, paths(artifact)));
                return new Registration(
                        created ? Registration.Result.CREATED : Registration.Result.UNCHANGED, artifact, warnings);
            } catch (RequestRejected e) {
                if (wanted != null || e.code() != FailureCode.CONFLICT || tries == 0) {
                    throw e;
                }
                // Somebody else took the number meanwhile, or what holds it is no version that anybody sees.
                String found = next.find(draft);
                version = found.equals(version) ? Long.toString(Long.parseLong(version) + 1) : found;
            } catch (WeirException e) {
                throw e instanceof ArtifactRejected ? Rehearsal.refused(e) : e;
            }
        }
    }

    private static SortedMap<String, Path> paths(ModelArtifact artifact) {
        SortedMap<String, Path> paths = new TreeMap<>();
        artifact.manifest().files().forEach(file -> paths.put(file.path(), artifact.locate(file)));
        return paths;
    }
}
