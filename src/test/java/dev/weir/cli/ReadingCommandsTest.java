package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.api.audit.ReadServer;
import dev.weir.fixture.RecordSchema;
import dev.weir.fixture.Records;
import dev.weir.fixture.ServedLog;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that read the record of predictions and report outcomes. */
@QuarkusTest
@TestProfile(ReadServer.class)
class ReadingCommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FIRST = ServedLog.FIRST.id().toString();

    @TestHTTPResource("/")
    URI server;

    @Inject
    ServedLog log;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void begin() {
        log.reset();
    }

    private int run(Object command, String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--server";
        all[arguments.length + 1] = server.toString();
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    private int send(String... lines) throws IOException {
        Path file = Files.createTempFile("weir-outcomes", ".ndjson");
        try {
            Files.writeString(file, String.join("\n", lines));
            return run(new OutcomeCommand(), "send", file.toString());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void shouldPrintTheRecordOfAPrediction() throws IOException {
        assertThat(run(new LogCommand(), "show", FIRST)).isZero();

        assertThat(RecordSchema.read().violations(JSON.readTree(out.toString())))
                .isEmpty();
    }

    @Test
    void shouldPrintNoPayloadThatIsNotWanted() {
        assertThat(run(new LogCommand(), "show", FIRST + ":1", "--no-payload", "--reason", "a look"))
                .isZero();

        assertThat(out.toString()).contains("\"row\":1", "\"hidden\":true").doesNotContain("\"inputs\"");
    }

    @Test
    void shouldSayThatThereIsNoSuchPrediction() {
        assertThat(run(new LogCommand(), "show", "019b7e94-3201-7000-8000-00000000ffff"))
                .isEqualTo(1);

        assertThat(err.toString()).contains("UNKNOWN_PREDICTION");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldAskForAnIdAsItIsWritten() {
        assertThat(run(new LogCommand(), "show", "../deployments")).isEqualTo(1);

        assertThat(err.toString()).doesNotContain("Exception");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldPrintEveryRecordThatFitsToALine() {
        for (int i = 2; i < 100; i++) {
            log.add(Records.draft(i).caller("me & you").build());
        }

        assertThat(run(new LogCommand(), "search", "--caller", "me & you", "--deployment", "iris", "--newest"))
                .isZero();

        assertThat(out.toString().lines()).hasSize(98).allMatch(line -> line.startsWith("{\"schema_version\""));
    }

    @Test
    void shouldSayWhyASearchIsRefused() {
        assertThat(run(new LogCommand(), "search", "--from", "yesterday")).isEqualTo(1);

        assertThat(err.toString()).contains("INVALID_FIELD", "(from)");
    }

    @Test
    void shouldSayThatAnAnswerIsNotAll() {
        for (int i = 2; i < 1_000; i++) {
            log.add(Records.record(i));
        }
        log.failAfter(3);

        assertThat(run(new LogCommand(), "search")).isEqualTo(1);

        assertThat(err.toString()).contains("broke off; it is not all");
    }

    @Test
    void shouldTellWhoReadWhat() {
        run(new LogCommand(), "show", FIRST, "--reason", "for the events");

        assertThat(run(new LogCommand(), "events", "--action", "prediction.read", "--limit", "1"))
                .isZero();

        assertThat(out.toString().lines().toList().getLast()).contains("\"reason\":\"for the events\"");
    }

    @Test
    void shouldSendOutcomesAndTellWhatBecameOfThem() throws IOException {
        assertThat(send(
                        "{\"prediction_id\":\"" + FIRST + ":0\",\"value\":1,\"source\":\"cli\"}",
                        "{\"prediction_id\":\"" + FIRST + ":1\",\"value\":1,\"source\":\"cli\"}"))
                .isZero();

        assertThat(out.toString()).isEqualTo("accepted 2\n");
    }

    @Test
    void shouldNameTheLinesThatWereRejected() throws IOException {
        String[] lines = new String[6_000];
        Arrays.fill(lines, "");
        lines[2] = "nonsense";
        lines[5_500] = "{\"inference_id\":\"x\"}";

        assertThat(send(lines)).isEqualTo(1);

        assertThat(err.toString()).contains("line 3: MALFORMED_JSON", "line 5501: MISSING_FIELD");
        assertThat(out.toString()).isEqualTo("rejected 2\n");
    }

    @Test
    void shouldSayThatAFileCannotBeRead() {
        assertThat(run(new OutcomeCommand(), "send", "no/such/file")).isEqualTo(1);

        assertThat(err.toString()).contains("can't read no/such/file");
    }
}
