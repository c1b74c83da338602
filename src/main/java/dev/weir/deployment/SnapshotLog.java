package dev.weir.deployment;

import dev.weir.inference.VersionRef;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says in the log what a new snapshot changes. */
final class SnapshotLog {

    private static final Log LOG = Log.of(SnapshotLog.class);

    private SnapshotLog() {}

    /**
     * Says what changed, and what is wrong now that was not.
     *
     * @param waiting the deployments whose problem may be over soon, because what they lack is being loaded
     */
    static void write(ServingSnapshot snapshot, ServingSnapshot before, Set<String> waiting) {
        LOG.info("deployments applied")
                .with(LogKey.COUNT, snapshot.deployments().size())
                .with(LogKey.DIGEST, snapshot.digest())
                .write();
        if (snapshot.deployments().isEmpty()) {
            LOG.warn("nothing is deployed: the directory has no deployment file")
                    .write();
        }
        before.deployments().keySet().stream()
                .filter(name -> snapshot.deployment(name) == null)
                .forEach(name -> LOG.info("deployment removed")
                        .with(LogKey.DEPLOYMENT, name)
                        .write());
        snapshot.deployments()
                .forEach((name, deployment) ->
                        write(deployment, before.deployment(name), waiting.contains(deployment.name())));
    }

    private static void write(Deployment deployment, @Nullable Deployment old, boolean waits) {
        String problem = deployment.problem();
        if (problem != null && (old == null || !problem.equals(old.problem()))) {
            (waits
                            ? LOG.info("deployment waits for a version that is being loaded")
                            : LOG.error("deployment does not serve what is asked of it"))
                    .with(LogKey.DEPLOYMENT, deployment.name())
                    .with(LogKey.REASON, problem)
                    .write();
        }
        deployment.leftOut().forEach((ref, why) -> {
            if (!why.equals(Verdicts.OPEN)
                    && (old == null || !why.equals(old.leftOut().get(ref)))) {
                LOG.error("version left out of a deployment")
                        .with(LogKey.DEPLOYMENT, deployment.name())
                        .with(LogKey.MODEL, ref.model())
                        .with(LogKey.VERSION, ref.version())
                        .with(LogKey.REASON, why)
                        .write();
            }
        });
    }

    /** Says which versions to go back to are kept no longer, and returns whether there are any. */
    static boolean writeReleased(ServingSnapshot snapshot, ServingSnapshot before) {
        boolean released = false;
        for (Deployment deployment : snapshot.deployments().values()) {
            Deployment old = before.deployment(deployment.name());
            VersionRef previous = old == null ? null : old.previous();
            if (previous != null && deployment.previous() == null) {
                released = true;
                LOG.warn("former version is kept no longer, for lack of memory")
                        .with(LogKey.DEPLOYMENT, deployment.name())
                        .with(LogKey.MODEL, previous.model())
                        .with(LogKey.VERSION, previous.version())
                        .write();
            }
        }
        return released;
    }
}
