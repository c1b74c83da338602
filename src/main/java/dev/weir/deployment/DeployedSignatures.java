package dev.weir.deployment;

import dev.weir.inference.ModelSignature;
import dev.weir.predictionlog.RecordContext;
import dev.weir.predictionlog.SignatureLookup;
import dev.weir.servable.Lane;
import dev.weir.servable.ModelArtifact;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Knows the signatures of the versions that serve, and of those that did. */
@Singleton
class DeployedSignatures implements SignatureLookup {

    private final ServingState state;
    private final ServedSignatures served;

    @Inject
    DeployedSignatures(ServingState state, ServedSignatures served) {
        this.state = state;
        this.served = served;
    }

    @Override
    public @Nullable ModelSignature signature(RecordContext context) {
        for (Deployment deployment : state.current().deployments().values()) {
            Lane lane = deployment.lanes().get(context.version());
            if (lane != null) {
                ModelArtifact artifact = lane.servable().artifact();
                if (artifact.digest().equals(context.manifestDigest())) {
                    return artifact.manifest().signature();
                }
            }
        }
        return served.of(context.manifestDigest());
    }
}
