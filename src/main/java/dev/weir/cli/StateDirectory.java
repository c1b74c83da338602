package dev.weir.cli;

import java.nio.file.Path;
import java.util.Objects;

/** Where a server keeps its state when nothing else is configured, for commands that look at it without a server. */
final class StateDirectory {

    private StateDirectory() {}

    private static Path state() {
        return Path.of(Objects.requireNonNullElse(System.getProperty("weir.home"), "."), "var");
    }

    /** Returns the directory of keys. */
    static Path keys() {
        return state().resolve("keys");
    }

    /** Returns the directory of the prediction log. */
    static Path predictions() {
        return state().resolve("predictions");
    }
}
