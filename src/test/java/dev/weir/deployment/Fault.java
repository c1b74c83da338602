package dev.weir.deployment;

import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong with version 2, or with the registry, when an alias moves to it.
 *
 * @param name what it is
 * @param damage how it comes about
 * @param problem what the deployment says, or null
 * @param reason what is said of version 2, or null when it was not tried
 * @param registry what is said of the registry, or null
 * @param restarted which version answers after a restart with the fault in place
 * @param maxLoadedBytes the bound on what is loaded, 0 for none; a fault that has one is not mended
 * @param stored whether the registry lies in a store, and the server has a cache
 */
record Fault(
        String name,
        Damage damage,
        @Nullable String problem,
        @Nullable String reason,
        @Nullable String registry,
        String restarted,
        long maxLoadedBytes,
        boolean stored) {

    /** What answers after a restart when the server does not start: it has neither a registry nor a cache. */
    static final String NO_START = "no start";

    /** Does harm. */
    interface Damage {
        void to(FaultScene scene) throws Exception;
    }

    /** A fault of version 2, which is refused. */
    static Fault of(String name, Damage damage, String reason) {
        return new Fault(name, damage, "version breast-cancer/2 is not loaded", reason, null, "1", 0, false);
    }

    /** A fault of the registry, which can't be read. */
    static Fault ofRegistry(String name, Damage damage, String registry) {
        return new Fault(name, damage, null, null, registry, "1", 0, false);
    }

    /** A fault of the alias, which can't be followed. */
    static Fault ofAlias(String name, Damage damage, String problem) {
        return new Fault(name, damage, problem, null, null, "1", 0, false);
    }

    Fault within(long maxBytes) {
        return new Fault(name, damage, problem, reason, registry, restarted, maxBytes, stored);
    }

    Fault inStore() {
        return new Fault(name, damage, problem, reason, registry, restarted, maxLoadedBytes, true);
    }

    Fault restarting(String answers) {
        return new Fault(name, damage, problem, reason, registry, answers, maxLoadedBytes, stored);
    }

    @Override
    public String toString() {
        return name;
    }
}
