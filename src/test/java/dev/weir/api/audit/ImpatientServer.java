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

/** A server whose log is a list, which lets one read at a time, and does not wait long for it. */
public final class ImpatientServer implements QuarkusTestProfile {

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(ServedLog.class, RoleAuthenticator.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        try {
            Path state = Files.createTempDirectory("weir-impatient");
            state.toFile().deleteOnExit();
            return Map.of(
                    "weir.state.directory",
                    state.toString(),
                    "weir.reading.parallel",
                    "1",
                    "weir.reading.write-timeout",
                    "500ms");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
