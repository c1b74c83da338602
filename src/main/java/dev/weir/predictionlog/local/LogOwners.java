package dev.weir.predictionlog.local;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import java.util.stream.Collectors;

/** Whose log stands in a directory. */
public final class LogOwners {

    private LogOwners() {}

    /**
     * Returns the replicas that wrote what is there: one, or none, or more when somebody mixed logs up.
     *
     * @throws IOException when the directory can't be read
     */
    public static Set<String> of(Path log) throws IOException {
        try (ReadConnections connections = new ReadConnections()) {
            return new SegmentCatalog(new LogDirectory(log), connections)
                    .segments().stream().map(each -> each.header().replica()).collect(Collectors.toUnmodifiableSet());
        } catch (SQLException e) {
            throw new IOException("the prediction log can't be read", e);
        }
    }
}
