package dev.weir.servable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What all guards gave for one version. */
final class Permits implements LoadGuard.Permit {

    private final List<LoadGuard.Permit> permits = new ArrayList<>();

    private Permits() {}

    /**
     * Asks every guard.
     *
     * @throws dev.weir.failure.ArtifactRejected when one refuses; those before it were told that nothing came of it
     */
    static Permits of(List<LoadGuard> guards, ModelArtifact artifact) {
        return of(guards, guard -> guard.admit(artifact));
    }

    /**
     * Asks every guard whether a version may run once beside what serves.
     *
     * @throws dev.weir.failure.ArtifactRejected when one refuses; those before it were told that nothing came of it
     */
    static Permits beside(List<LoadGuard> guards, ModelArtifact artifact) {
        return of(guards, guard -> guard.admitBeside(artifact));
    }

    private static Permits of(List<LoadGuard> guards, Function<LoadGuard, LoadGuard.Permit> question) {
        Permits all = new Permits();
        try {
            for (LoadGuard guard : guards) {
                all.permits.add(question.apply(guard));
            }
            return all;
        } catch (RuntimeException | Error e) {
            all.gone();
            throw e;
        }
    }

    @Override
    public void loaded() {
        permits.forEach(LoadGuard.Permit::loaded);
    }

    @Override
    public void gone() {
        permits.forEach(LoadGuard.Permit::gone);
    }
}
