package dev.weir.api.admin;

import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.local.LogHealth;
import dev.weir.predictionlog.sink.SinkStatus;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How the record of predictions does.
 *
 * @param enabled whether predictions are recorded
 * @param state whether records reach the disk
 * @param since since when they do not
 * @param trouble why they do not
 * @param sinks how forwarding goes, by name
 */
@Schema(requiredProperties = {"enabled", "state", "sinks"})
record LogView(
        boolean enabled,

        @Schema(description = "ok, or failing when records do not reach the disk")
        String state,

        @Schema(description = "Since when they do not") @Nullable
        Instant since,

        @Schema(description = "Why they do not, a stable word") @Nullable
        String trouble,

        @Schema(description = "How forwarding goes, by name of the sink")
        List<Sink> sinks) {

    static LogView of(boolean enabled, LogHealth health, List<SinkStatus> sinks) {
        return new LogView(
                enabled,
                health.isOk() ? "ok" : "failing",
                health.since(),
                health.trouble() == null ? null : health.trouble().word(),
                sinks.stream().map(Sink::of).toList());
    }

    /**
     * How forwarding to one sink goes.
     *
     * @param name the sink's name in configuration
     * @param type its kind
     * @param state what its forwarder does
     * @param since since when it does that
     * @param trouble what keeps it from going on
     * @param position up to where entries are safe there
     * @param lagRecords entries that are not safe there; null while that can't be told
     * @param lagSeconds how old the oldest of them is
     * @param forwarded entries that it took since the start of this process
     * @param deadLetters entries that it refused and nobody has dealt with
     */
    @Schema(
            name = "LogSink",
            requiredProperties = {"name", "type", "state", "since", "lagSeconds", "forwarded", "deadLetters"})
    record Sink(
            String name,
            String type,

            @Schema(description = "opening, forwarding, failing or stopped")
            String state,

            @Schema(description = "Since when it does that") Instant since,

            @Schema(description = "What keeps it from going on, a stable word") @Nullable
            String trouble,

            @Schema(description = "Up to where entries are safe there") @Nullable
            Place position,

            @Schema(description = "Entries that are not safe there; absent while that can't be told") @Nullable
            Long lagRecords,

            @Schema(description = "How old the oldest of them is, in seconds")
            double lagSeconds,

            @Schema(description = "Entries that it took since the start of this process")
            long forwarded,

            @Schema(description = "Entries that it refused and nobody has dealt with")
            long deadLetters) {

        private static Sink of(SinkStatus status) {
            return new Sink(
                    status.name(),
                    status.type(),
                    status.state().word(),
                    status.since(),
                    status.trouble() == null ? null : status.trouble().word(),
                    status.position() == null ? null : Place.of(status.position()),
                    status.lagRecords(),
                    status.lag().toMillis() / 1000.0,
                    status.forwarded(),
                    status.deadLetters());
        }
    }

    /**
     * A place in the log of this server.
     *
     * @param incarnation the start that wrote it
     * @param segment the segment it stands in
     * @param seq its number within the incarnation
     */
    @Schema(
            name = "LogPlace",
            requiredProperties = {"incarnation", "segment", "seq"})
    record Place(long incarnation, long segment, long seq) {

        private static Place of(Position position) {
            return new Place(position.incarnation(), position.segment(), position.seq());
        }
    }
}
