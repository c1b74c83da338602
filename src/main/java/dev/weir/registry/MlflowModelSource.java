package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelFormat;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * The model registry of an MLflow tracking server: registered models, versions that are ready, aliases, and the runs they
 * come from. Versions are read into a cache, from which they serve while MLflow is away.
 *
 * <p>MLflow numbers versions itself, so they are registered with its own client and {@link #publish} is refused.
 */
final class MlflowModelSource implements ModelSource, AutoCloseable {

    private final MlflowClient client;
    private final MlflowApi api;
    private final MlflowAliases aliases;
    private final MlflowDownload download;
    private final ArtifactCache cache;
    private final String registry;
    private final MeterRegistry meters;

    /**
     * Asks nothing yet.
     *
     * @param base where the server is, without a user or password
     * @param pageSize models or versions in one answer
     * @param formats what artifacts may be
     */
    MlflowModelSource(
            URI base,
            MlflowClient client,
            int pageSize,
            ArtifactCache cache,
            List<ModelFormat> formats,
            MeterRegistry meters) {
        this.client = client;
        this.api = new MlflowApi(client, pageSize);
        this.aliases = new MlflowAliases(api);
        this.cache = cache;
        this.registry = "mlflow " + base;
        this.meters = meters;
        MlflowDigests digests = new MlflowDigests(cache.notes().resolve("mlflow-digests"), registry);
        this.download = new MlflowDownload(client, api, cache, digests, registry, formats);
    }

    @Override
    public Listing list() {
        return counted("list", () -> MlflowListing.of(api.models(), api.versions()));
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        return counted("fetch", () -> read(ref));
    }

    private ModelArtifact read(VersionRef ref) {
        ModelVersion version;
        try {
            version = api.version(ref);
        } catch (RegistryUnavailable e) {
            ModelArtifact known = cache.find(registry, ref);
            if (known == null) {
                throw e;
            }
            return known;
        }
        if (version == null) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        ModelArtifact known = cache.find(registry, ref, version.mark());
        return known == null ? download.run(ref, version) : known;
    }

    @Override
    public boolean publish(Publication publication) {
        throw new RequestRejected(
                FailureCode.UNSUPPORTED_REQUEST,
                "MLflow numbers its versions itself; register with MLflow's own client, such as"
                        + " mlflow.onnx.log_model(..., registered_model_name=...)");
    }

    @Override
    public void revoke(VersionRef ref, Revocation revocation) {
        counted("revoke", () -> {
            ModelVersion version = requireVersion(ref);
            if (MlflowListing.revocation(version) == null) {
                api.setVersionTag(ref, MlflowListing.REVOKED, text(revocation));
            }
            return ref;
        });
    }

    private static String text(Revocation revocation) {
        try {
            return new String(DocumentJson.write(revocation), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new RegistryUnavailable("the revocation can't be written", e);
        }
    }

    private ModelVersion requireVersion(VersionRef ref) {
        ModelVersion version = api.version(ref);
        if (version == null) {
            throw unknown();
        }
        return version;
    }

    private static RequestRejected unknown() {
        return new RequestRejected(FailureCode.UNKNOWN_VERSION, "the registry has no such version", "version");
    }

    @Override
    public void delete(VersionRef ref) {
        counted("delete", () -> {
            requireVersion(ref);
            if (!api.delete(ref)) {
                throw unknown();
            }
            return ref;
        });
    }

    @Override
    public void moveAlias(String model, AliasMove move) {
        counted("alias", () -> {
            requireVersion(new VersionRef(model, move.to()));
            aliases.move(model, move);
            return move;
        });
    }

    @Override
    public List<AliasMove> aliasHistory(String model) {
        return aliases.history(Names.requireName(model, "model"));
    }

    private <T> T counted(String operation, Supplier<T> request) {
        String result = "failed";
        try {
            T answer = request.get();
            result = "ok";
            return answer;
        } finally {
            Meters.REGISTRY_REQUESTS.counter(meters, operation, result).increment();
        }
    }

    /** Ends what is asked right now. */
    @Override
    public void close() {
        client.close();
    }
}
