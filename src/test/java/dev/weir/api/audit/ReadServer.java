package dev.weir.api.audit;

import dev.weir.fixture.RoleAuthenticator;
import dev.weir.fixture.ServedLog;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** A server whose log is a list, whose callers have roles, and which lets two read at a time. */
public final class ReadServer implements QuarkusTestProfile {

    /** The most lines of a request. */
    static final int MAX_LINES = 1_200;

    /** The most bytes of a line. */
    static final int MAX_LINE = 512;

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(ServedLog.class, RoleAuthenticator.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Path state = Files.createTempDirectory("weir-reading");
            state.toFile().deleteOnExit();
            return Map.of(
                    "weir.state.directory",
                    state.toString(),
                    "weir.reading.parallel",
                    "2",
                    "weir.outcomes.max-lines",
                    String.valueOf(MAX_LINES),
                    "weir.outcomes.max-line",
                    String.valueOf(MAX_LINE),
                    "weir.outcomes.max-value",
                    "64");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
