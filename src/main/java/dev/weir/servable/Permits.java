package dev.weir.servable;

import java.util.ArrayList;
import java.util.List;

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
        Permits all = new Permits();
        try {
            for (LoadGuard guard : guards) {
                all.permits.add(guard.admit(artifact));
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
