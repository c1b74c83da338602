package dev.weir.deployment;

import dev.weir.telemetry.Log;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Looks at the deployment files when something happens to them, and now and then, on a thread of its own. */
@ApplicationScoped
class DeploymentWatch {

    private static final Log LOG = Log.of(DeploymentWatch.class);

    private final DeploymentReload reload;
    private final DeploymentConfig config;
    private volatile @Nullable DirectoryEvents events;

    @Inject
    DeploymentWatch(DeploymentReload reload, DeploymentConfig config) {
        this.reload = reload;
        this.config = config;
    }

    /** Begins once everybody has checked what was read at start. */
    void onStart(@Observes @Priority(250) StartupEvent event) {
        reload.begin();
        if (config.poll().isPositive()) {
            DirectoryEvents watched = new DirectoryEvents(config.directory());
            events = watched;
            Thread.ofPlatform().name("weir-deployments").daemon().start(() -> watch(watched));
        }
    }

    void onStop(@Observes @Priority(50) ShutdownEvent event) {
        DirectoryEvents watched = events;
        if (watched != null) {
            watched.close();
        }
    }

    private void watch(DirectoryEvents watched) {
        try {
            while (watched.await(look())) {
                // looks again
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration look() {
        try {
            return reload.look();
        } catch (RuntimeException | Error e) { // or nobody would look again
            LOG.error("deployment files can't be reloaded").cause(e).write();
            return config.poll();
        }
    }
}
