package dev.weir.deployment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.Acceptance;
import dev.weir.registry.Listing;
import dev.weir.registry.SignatureJson;
import dev.weir.store.StateStore;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which versions each deployment accepted as its primary, and what it promised with the last of them, in the state store,
 * so that a restart neither takes down what was accepted nor forgets what callers rely on. What can't be written is remembered as long as the process
 * lives. Thread-safe; blocks while the store is read or written.
 */
@Singleton
public class AcceptedVersions {

    /** How many versions of a deployment are remembered. */
    static final int MAX_VERSIONS = 64;

    private static final String NAMESPACE = "accepted";
    private static final Log LOG = Log.of(AcceptedVersions.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * A deployment's entry.
     *
     * @param model whose versions these are
     * @param comparisons how they were compared
     * @param versions the newest first
     * @param promise the signature of the newest, as {@link SignatureJson} writes it; null in entries of former releases
     */
    private record Kept(
            String model,
            List<String> comparisons,
            List<Version> versions,
            @Nullable String promise) {}

    /**
     * A version.
     *
     * @param mark the mark its files had; with another mark it is another version, which was not accepted
     */
    private record Version(String version, @Nullable String mark) {}

    /**
     * What a deployment promised last.
     *
     * @param version the version that it served then
     * @param signature the promise
     */
    record Promise(VersionRef version, ModelSignature signature) {}

    private final StateStore store;
    private final Map<String, Kept> known = new HashMap<>();

    @Inject
    AcceptedVersions(StateStore store) {
        this.store = store;
    }

    /**
     * Returns what a deployment accepted before.
     *
     * @param comparisons how its policy compares now
     * @param listing what the registry holds
     */
    synchronized Acceptance of(DeploymentSpec spec, List<String> comparisons, Listing listing) {
        Kept kept = kept(spec);
        return kept == null
                ? Acceptance.NONE
                : new Acceptance(
                        kept.versions().stream()
                                .filter(each -> Objects.equals(
                                        each.mark(), listing.mark(new VersionRef(kept.model(), each.version()))))
                                .map(each -> new VersionRef(kept.model(), each.version()))
                                .toList(),
                        kept.comparisons().equals(comparisons));
    }

    /** Returns what a deployment promised last, or null when that is not known. */
    synchronized @Nullable Promise promise(DeploymentSpec spec) {
        Kept kept = kept(spec);
        String promise = kept == null ? null : kept.promise();
        if (kept == null || promise == null) {
            return null;
        }
        try {
            return new Promise(
                    new VersionRef(kept.model(), kept.versions().getFirst().version()), SignatureJson.parse(promise));
        } catch (IOException e) {
            warnOfDamage(spec, e);
            known.put(spec.name(), new Kept(kept.model(), kept.comparisons(), kept.versions(), null));
            return null;
        }
    }

    /**
     * Notes that a deployment accepted a version.
     *
     * @param comparisons how its policy compared it
     * @param mark the mark of its files, or null when the registry does not list it
     * @param signature what the deployment promises with it
     */
    synchronized void note(
            DeploymentSpec spec,
            List<String> comparisons,
            VersionRef ref,
            @Nullable String mark,
            ModelSignature signature) {
        Kept before = kept(spec);
        List<Version> former =
                before != null && before.comparisons().equals(comparisons) ? before.versions() : List.of();
        String promise = SignatureJson.write(signature);
        boolean same = !former.isEmpty() && former.getFirst().version().equals(ref.version());
        if (same && before != null && promise.equals(before.promise())) {
            return;
        }
        Version newest = same ? former.getFirst() : new Version(ref.version(), mark);
        Kept after = new Kept(
                spec.model(),
                comparisons,
                Stream.concat(Stream.of(newest), former.stream().filter(each -> !each.version()
                                .equals(ref.version())))
                        .limit(MAX_VERSIONS)
                        .toList(),
                promise);
        known.put(spec.name(), after);
        try {
            write(spec.name(), JSON.writeValueAsString(after));
        } catch (JsonProcessingException | IllegalStateException | StateStore.StaleRevision e) {
            LOG.warn("what a deployment accepted can't be kept for the next start")
                    .with(LogKey.DEPLOYMENT, spec.name())
                    .cause(e)
                    .write();
        }
    }

    private void write(String name, String value) throws StateStore.StaleRevision {
        StateStore.Entry entry = store.get(NAMESPACE, name);
        store.put(NAMESPACE, name, value, entry == null ? StateStore.ABSENT : entry.revision());
    }

    /** Returns a deployment's entry, or null when it accepted nothing of its model. */
    private @Nullable Kept kept(DeploymentSpec spec) {
        Kept kept = known.get(spec.name());
        if (kept == null) {
            kept = read(spec);
            known.put(spec.name(), kept);
        }
        return kept.model().equals(spec.model()) && !kept.versions().isEmpty() ? kept : null;
    }

    private Kept read(DeploymentSpec spec) {
        try {
            StateStore.Entry entry = store.get(NAMESPACE, spec.name());
            if (entry != null) {
                Kept kept = JSON.readValue(entry.value(), Kept.class);
                if (isWhole(kept)) {
                    return kept;
                }
            }
        } catch (JsonProcessingException | IllegalStateException e) {
            warnOfDamage(spec, e);
        }
        return new Kept(spec.model(), List.of(), List.of(), null);
    }

    private static void warnOfDamage(DeploymentSpec spec, Exception cause) {
        LOG.warn("what a deployment accepted before can't be read")
                .with(LogKey.DEPLOYMENT, spec.name())
                .cause(cause)
                .write();
    }

    @SuppressWarnings("NullAway") // what was read may lack anything
    private static boolean isWhole(Kept kept) {
        return kept != null
                && kept.model() != null
                && kept.comparisons() != null
                && kept.versions() != null
                && kept.versions().stream()
                        .allMatch(each -> each != null && each.version() != null && Names.isName(each.version()));
    }
}
