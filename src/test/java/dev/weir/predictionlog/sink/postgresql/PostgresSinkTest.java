package dev.weir.predictionlog.sink.postgresql;

import dev.weir.fixture.Records;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.LogSinkContract;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The contract of sinks, in a real server. */
class PostgresSinkTest extends LogSinkContract {

    private final PostgresPlace place = PostgresPlace.emptied();

    @Override
    protected LogSink sink() {
        return place.sink();
    }

    @Override
    protected boolean isExactlyOnce() {
        return true;
    }

    @Override
    protected List<@Nullable PredictionId> found(String replica) throws Exception {
        List<@Nullable PredictionId> ids = new ArrayList<>();
        try (Connection connection = place.server().connect();
                PreparedStatement select = connection.prepareStatement("SELECT prediction_id FROM " + place.schema()
                        + ".entry WHERE replica = ? ORDER BY incarnation, seq")) {
            select.setString(1, replica);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    UUID id = rows.getObject(1, UUID.class);
                    ids.add(id == null ? null : new PredictionId(id));
                }
            }
        }
        return ids;
    }

    @Override
    protected void breakDown() throws Exception {
        place.execute("ALTER TABLE entry RENAME TO hidden");
    }

    @Override
    protected void repair() throws Exception {
        place.execute("ALTER TABLE hidden RENAME TO entry");
    }

    @Override
    protected LogEntry unacceptable() {
        return Records.draft(2).caller("nul\0nul").build();
    }
}
