package dev.weir.registry;

import dev.weir.failure.ConfigurationRejected;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Chooses the registry that is configured among all that there are: beans of type {@link ModelSource} with an {@link
 * Identifier}. No other is made, nor what it needs.
 */
@ApplicationScoped
class RegistryBeans {

    /** Deployments are loaded on start-up too, at priority 100; a wrong registry must be found before. */
    private static final int BEFORE_DEPLOYMENTS = 50;

    private final Instance<ModelSource> sources;
    private final Instance<ArtifactCache> cache;
    private final RegistryConfig config;

    @Inject
    RegistryBeans(@Any Instance<ModelSource> sources, Instance<ArtifactCache> cache, RegistryConfig config) {
        this.sources = sources;
        this.cache = cache;
        this.config = config;
    }

    /**
     * Returns the registry.
     *
     * @throws ConfigurationRejected when there is no such kind, or it is not set up
     */
    @Produces
    @Singleton
    @Startup(BEFORE_DEPLOYMENTS)
    ModelSource source(MeterRegistry meters, InstantSource clock) {
        Instance<ModelSource> chosen = sources.select(Identifier.Literal.of(config.source()));
        if (!chosen.isResolvable()) {
            throw new ConfigurationRejected(List.of("weir.registry.source: there is no kind of registry '"
                    + config.source() + "'; there are " + String.join(", ", kinds())));
        }
        ModelSource source = chosen.get();
        return source instanceof RemoteModelSource remote
                ? new CachedModelSource(remote, cache.get(), meters, clock)
                : source;
    }

    private Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        for (Instance.Handle<ModelSource> each : sources.handles()) {
            each.getBean().getQualifiers().stream()
                    .filter(Identifier.class::isInstance)
                    .forEach(name -> kinds.add(((Identifier) name).value()));
        }
        return kinds;
    }

    @Produces
    @Singleton
    ArtifactCache cache(CacheConfig config, InstantSource clock) {
        return ArtifactCache.open(config.directory(), config.maxBytes().asLongValue(), clock);
    }

    void close(@Disposes ArtifactCache opened) {
        opened.close();
    }
}
