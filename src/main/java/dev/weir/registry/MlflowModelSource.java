package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.ConfigurationRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RegistryUnavailable;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VersionRef;
import dev.weir.registry.MlflowAnswers.ModelVersion;
import dev.weir.servable.LoadConfig;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The model registry of an MLflow tracking server: registered models, versions that are ready, aliases, and the runs they
 * come from. Versions are read into a cache, from which they serve while MLflow is away.
 *
 * <p>MLflow numbers versions itself, so they are registered with its own client and {@link #publish} is refused.
 */
@Singleton
@Identifier("mlflow")
class MlflowModelSource implements RemoteModelSource {

    private final MlflowStores stores;
    private final MlflowApi api;
    private final MlflowAliases aliases;
    private final MlflowDownload download;
    private final ArtifactCache cache;
    private final String identity;

    /**
     * Prepares to ask the configured server; asks nothing yet.
     *
     * @param s3 the bucket that holds artifacts past the server's proxy, if one is set
     * @param describer reads what models say of themselves
     * @param limits how large versions may be
     * @throws ConfigurationRejected when there is no address of a server, or one that holds a secret
     */
    @Inject
    MlflowModelSource(
            MlflowConfig config, S3Config s3, ArtifactCache cache, ModelDescriber describer, LoadConfig limits) {
        URI url = MlflowAccess.url(config);
        MlflowClient client =
                new MlflowClient(url, MlflowAccess.authorization(config), config.connectTimeout(), config.timeout());
        this.stores = new MlflowStores(client, MlflowBucket.open(s3));
        this.api = new MlflowApi(client, config.pageSize());
        this.aliases = new MlflowAliases(api);
        this.cache = cache;
        this.identity = "mlflow " + url;
        MlflowDigests digests = new MlflowDigests(cache.notes().resolve("mlflow-digests"), identity);
        this.download = new MlflowDownload(stores, api, cache, digests, identity, describer, TransferLimits.of(limits));
    }

    @Override
    public String identity() {
        return identity;
    }

    @Override
    public Listing list() {
        return MlflowListing.of(api.models(), api.versions());
    }

    @Override
    public ModelArtifact fetch(VersionRef ref) {
        ModelVersion version = present(ref);
        ModelArtifact known = cache.find(identity, ref, version.mark());
        return known == null ? download.run(ref, version) : known;
    }

    private ModelVersion present(VersionRef ref) {
        ModelVersion version = api.version(ref);
        if (version == null) {
            throw new ArtifactRejected("the registry has no version " + ref);
        }
        return version;
    }

    /** Asks for everything but the model's own files; a version that is in the cache is described from there. */
    @Override
    public Description describe(VersionRef ref) {
        ModelVersion version = present(ref);
        Description known = cache.describe(identity, ref, version.mark());
        return known == null ? MlflowContents.of(stores, api, ref, version).describe() : known;
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
        ModelVersion version = requireVersion(ref);
        if (MlflowListing.revocation(version) == null) {
            api.setVersionTag(ref, MlflowListing.REVOKED, text(revocation));
        }
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
        requireVersion(ref);
        if (!api.delete(ref)) {
            throw unknown();
        }
    }

    @Override
    public void moveAlias(String model, AliasMove move) {
        requireVersion(new VersionRef(model, move.to()));
        aliases.move(model, move);
    }

    @Override
    public List<AliasMove> aliasHistory(String model) {
        return aliases.history(Names.requireName(model, "model"));
    }

    /** Ends what is asked right now. */
    @PreDestroy
    void close() {
        stores.close();
    }
}
