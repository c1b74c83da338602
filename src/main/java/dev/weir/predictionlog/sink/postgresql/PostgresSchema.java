package dev.weir.predictionlog.sink.postgresql;

import dev.weir.predictionlog.sink.SinkTrouble;
import dev.weir.predictionlog.sink.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.Location;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/** The tables of the sink: made, and brought to what this version of Weir needs. */
final class PostgresSchema {

    /** Every script, in order. */
    private static final List<String> SCRIPTS = List.of("V1__prediction_log.sql", "V2__find_by_version.sql");

    private static final String NEWEST = "2";

    private PostgresSchema() {}

    /**
     * Makes or changes the tables, or looks whether somebody else did.
     *
     * @throws IOException when that can't be done now
     */
    static void prepare(PostgresAccess access, boolean migrate) throws IOException {
        Flyway flyway = Flyway.configure(PostgresSchema.class.getClassLoader())
                .dataSource(access.migration())
                .schemas(access.schema())
                .defaultSchema(access.schema())
                .table("weir_schema_history")
                .locations(new Location[0])
                .resourceProvider(new Scripts())
                .load();
        try {
            if (migrate) {
                flyway.migrate();
            } else {
                requireKnown(flyway.info().current());
            }
        } catch (FlywayException e) {
            throw explain(e);
        }
    }

    private static void requireKnown(@Nullable MigrationInfo current) throws SinkTrouble {
        if (current == null) {
            throw new SinkTrouble(Trouble.MISSING, "there are no tables of Weir, and none may be made", null);
        }
        if (!current.getVersion().isAtLeast(NEWEST)) {
            throw new SinkTrouble(
                    Trouble.UNKNOWN_SCHEMA, "the tables are of an older Weir, and must not be changed", null);
        }
    }

    private static SinkTrouble explain(FlywayException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return SqlStates.trouble(sql);
            }
        }
        return new SinkTrouble(Trouble.UNKNOWN_SCHEMA, "the tables can't be brought to what is needed", e);
    }

    /** Finds the scripts by name instead of searching the class path, which looks different in every packaging. */
    private static final class Scripts implements ResourceProvider {

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return SCRIPTS.contains(name) ? new Script(name) : null;
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return SCRIPTS.stream()
                    .filter(name ->
                            name.startsWith(prefix) && Arrays.stream(suffixes).anyMatch(name::endsWith))
                    .<LoadableResource>map(Script::new)
                    .toList();
        }
    }

    /** One script. */
    private static final class Script extends LoadableResource {

        private final String name;

        Script(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            try (InputStream in = PostgresSchema.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("the script " + name + " is missing");
                }
                return new StringReader(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return name;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
