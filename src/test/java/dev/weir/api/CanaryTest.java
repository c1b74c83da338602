package dev.weir.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.grpc.PrivateCall;
import dev.weir.fixture.PostgresServer;
import dev.weir.fixture.TraceCollector;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.LogReader;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Values that nobody may read, sent by every protocol and then looked for in all that the server writes: its files, those it
 * forwards to, the tables of a real PostgreSQL, its log, its traces, and what it tells callers.
 */
@QuarkusTest
@TestProfile(PrivateServer.class)
class CanaryTest {

    private static final String SECRET = "canary-" + UUID.randomUUID();
    private static final float NUMBER = 31_415.927f;
    private static final float KEPT = 27_182.818f;

    private static final Duration LONG = Duration.ofSeconds(60);

    @Inject
    LogReader reader;

    @TestHTTPResource
    URI server;

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (String.valueOf(line.getLoggerName()).startsWith("io.zonky.")) {
                return; // what the database says to its own operator, which a test makes quote anything
            }
            StringWriter text = new StringWriter();
            text.write(line.getMessage() + (line instanceof ExtLogRecord ext ? ext.getMdcCopy() : ""));
            if (line.getThrown() != null) {
                line.getThrown().printStackTrace(new PrintWriter(text));
            }
            logged.add(text.toString());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        Logger.getLogger("").addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        Logger.getLogger("").removeHandler(handler);
    }

    private static String words(String datatype, int rows, String word) {
        return "{\"inputs\":[{\"name\":\"x\",\"shape\":[" + rows + "],\"datatype\":\"" + datatype + "\",\"data\":[\""
                + word + "\"]}]}";
    }

    private static RequestSpecification customer() {
        return given().header("X-Customer", SECRET).contentType(ContentType.JSON);
    }

    private static Response say(String deployment) {
        return customer().body(words("BYTES", 1, SECRET)).post("/v2/models/" + deployment + "/infer");
    }

    private static byte[] block(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static byte[] block(float... row) {
        ByteBuffer block = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float each : row) {
            block.putFloat(each);
        }
        return block.array();
    }

    /** Sends one input as bytes behind the JSON that describes it. */
    private static Response binary(String deployment, String input, byte[] block) {
        byte[] head = ("{\"inputs\":[{" + input + ",\"parameters\":{\"binary_data_size\":" + block.length + "}}]}")
                .getBytes(StandardCharsets.UTF_8);
        return given().header("X-Customer", SECRET)
                .header("Inference-Header-Content-Length", head.length)
                .contentType("application/octet-stream")
                .body(ByteBuffer.allocate(head.length + block.length)
                        .put(head)
                        .put(block)
                        .array())
                .post("/v2/models/" + deployment + "/infer");
    }

    private static Response sayInBinary(String deployment, byte[] block) {
        return binary(deployment, "\"name\":\"x\",\"shape\":[1],\"datatype\":\"BYTES\"", block);
    }

    private static Response v1(String deployment, String instance) {
        return customer().body("{\"instances\":[" + instance + "]}").post("/v1/models/" + deployment + ":predict");
    }

    private static String id(Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.header("Weir-Prediction-Id");
    }

    private PredictionRecord record(String id) {
        PredictionId of = new PredictionId(UUID.fromString(id));
        StoredEntry stored = Awaitility.await().until(() -> reader.find(of), found -> found != null);
        return (PredictionRecord) stored.entry();
    }

    /** Returns every file that the server wrote, as text, a byte a character; the log's own write-ahead files among them. */
    private static Map<String, String> files() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(PrivateServer.STATE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try {
                    contents.put(file.toString(), raw(Files.readAllBytes(file)));
                } catch (NoSuchFileException e) {
                    // it was written under another name, and is renamed by now
                }
            }
        }
        return contents;
    }

    /** Returns every table that the server wrote, as text; bytes are hexadecimal there. */
    private static Map<String, String> tables() throws SQLException {
        PostgresServer postgres = PostgresServer.shared();
        String schema = PrivateServer.SCHEMA;
        String names = postgres.select(
                schema,
                "SELECT string_agg(table_name, ',') FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
                        + " AND table_schema = '" + schema + "'");
        Map<String, String> contents = new TreeMap<>();
        for (String name : String.valueOf(names).split(",")) {
            contents.put(
                    "table " + name,
                    String.valueOf(
                            postgres.select(schema, "SELECT string_agg(t::text, E'\\n') FROM \"" + name + "\" t")));
        }
        return contents;
    }

    private Map<String, String> everything() throws IOException, SQLException {
        Map<String, String> all = new TreeMap<>(files());
        all.putAll(tables());
        all.put("log lines", String.join("\n", logged));
        all.put("traces", String.join("\n", TraceCollector.received()));
        return all;
    }

    private static String raw(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String hex(String raw) {
        return HexFormat.of().formatHex(raw.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns how a text may be written. */
    private static List<String> forms(String text) {
        return List.of(text, hex(text));
    }

    /** Returns how a number may be written. */
    private static List<String> forms(float number) {
        List<String> forms = new ArrayList<>(List.of(Float.toString(number)));
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            for (ByteBuffer bytes : List.of(
                    ByteBuffer.allocate(4).order(order).putFloat(number),
                    ByteBuffer.allocate(8).order(order).putDouble(number))) {
                forms.add(raw(bytes.array()));
                forms.add(hex(raw(bytes.array())));
            }
        }
        return forms;
    }

    private static boolean holds(String text, List<String> forms) {
        return forms.stream().anyMatch(text::contains);
    }

    private static List<String> holders(Map<String, String> contents, List<String> forms) {
        return contents.entrySet().stream()
                .filter(each -> holds(each.getValue(), forms))
                .map(Map.Entry::getKey)
                .toList();
    }

    private void isNowhere(List<String> forms) throws IOException, SQLException {
        assertThat(holders(everything(), forms)).isEmpty();
    }

    /** Waits until every sink has what was sent last, which holds what may be kept: or these tests could not fail. */
    private void awaitForwarding() {
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            List<String> holders = holders(everything(), forms(KEPT));
            assertThat(holders).anyMatch(holder -> holder.endsWith(".ndjson"));
            assertThat(holders).anyMatch(holder -> holder.endsWith(".parquet"));
            assertThat(holders).anyMatch(holder -> holder.startsWith("table entry"));
        });
    }

    /** Makes a request of a trace that only it has, and waits until the trace has left the server. */
    private void awaitTraces() {
        String trace = UUID.randomUUID().toString().replace("-", "");
        given().header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01").get("/v2/models/hashed");
        String wanted = raw(HexFormat.of().parseHex(trace));
        Awaitility.await().atMost(LONG).untilAsserted(() -> assertThat(TraceCollector.received())
                .anyMatch(message -> message.contains(wanted)));
    }

    @Test
    void shouldWriteNoRedactedTextAnywhere() throws Exception {
        List<String> ids = new ArrayList<>();
        for (String deployment : List.of("hashed", "dropped", "people")) {
            ids.add(id(say(deployment)));
            ids.add(id(sayInBinary(deployment, block(SECRET))));
            ids.add(id(v1(deployment, "\"" + SECRET + "\"")));
            ids.addAll(PrivateCall.say(server, deployment, SECRET, "x-customer", SECRET));
        }
        List<PredictionRecord> records = ids.stream().map(this::record).toList();
        record(PrivateCall.compute(server, "numbers", 1, 2, KEPT));
        awaitForwarding();
        awaitTraces();

        assertThat(records.subList(0, 5)).allSatisfy(hashed -> assertThat(
                        hashed.payload().inputs().unpack().redacted().getFirst().digests())
                .hasSize(1));
        isNowhere(forms(SECRET));
    }

    @Test
    void shouldWriteNoRedactedNumberAnywhere() throws Exception {
        List<String> ids = List.of(
                id(given().contentType(ContentType.JSON)
                        .body("{\"inputs\":[{\"name\":\"features\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":["
                                + NUMBER + "," + NUMBER + ",1]}]}")
                        .post("/v2/models/numbers/infer")),
                id(v1("numbers", "{\"a\":" + NUMBER + ",\"b\":" + NUMBER + ",\"c\":1}")),
                id(binary(
                        "numbers",
                        "\"name\":\"features\",\"shape\":[1,3],\"datatype\":\"FP32\"",
                        block(NUMBER, NUMBER, 1))),
                PrivateCall.compute(server, "numbers", NUMBER, NUMBER, KEPT));
        List<PredictionRecord> records = ids.stream().map(this::record).toList();
        awaitForwarding();
        awaitTraces();

        assertThat(records).allSatisfy(computed -> assertThat(
                        computed.payload().inputs().unpack().redacted())
                .hasSize(2));
        isNowhere(forms(NUMBER));
    }

    @Test
    void shouldRepeatNoValueInARefusal() throws Exception {
        List<Response> refusals = List.of(
                customer()
                        .body(words("BYTES", 2, SECRET + "\",\"" + SECRET + "-other"))
                        .post("/v2/models/named/infer"),
                say("numbers"),
                customer().body(words("FP64", 1, SECRET)).post("/v2/models/hashed/infer"),
                customer().body(words("BYTES", 2, SECRET)).post("/v2/models/hashed/infer"),
                customer().body(words("BYTES", 1, SECRET).substring(0, 80)).post("/v2/models/hashed/infer"),
                sayInBinary("hashed", SECRET.getBytes(StandardCharsets.UTF_8)),
                sayInBinary("hashed", (SECRET + SECRET).getBytes(StandardCharsets.UTF_8)),
                v1("numbers", "{\"a\":\"" + SECRET + "\",\"b\":1,\"c\":2}"),
                v1("numbers", "\"" + SECRET + "\""),
                given().contentType("text/csv")
                        .body("a,b,c\n" + SECRET + ",1,2\n")
                        .post("/v1/models/numbers:predict"));
        List<String> calls = PrivateCall.refusals(server, "hashed", SECRET);
        awaitTraces();

        assertThat(refusals).allSatisfy(answer -> {
            assertThat(answer.statusCode()).as(answer.asString()).isBetween(400, 499);
            assertThat(answer.asString() + answer.headers()).doesNotContain(SECRET);
        });
        assertThat(calls)
                .allSatisfy(
                        said -> assertThat(said).contains("INVALID_ARGUMENT").doesNotContain(SECRET));
        isNowhere(forms(SECRET));
    }

    /** The database refuses an entry and quotes what must not go on, as its messages do. */
    @Test
    void shouldPutNoValueIntoADeadLetter() throws Exception {
        String refused = "refused-" + UUID.randomUUID();
        Awaitility.await().atMost(LONG).untilAsserted(() -> assertThat(tables()).containsKey("table entry"));
        PostgresServer.shared()
                .execute("SET search_path = \"" + PrivateServer.SCHEMA + "\";"
                        + " CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " RAISE EXCEPTION 'no " + SECRET + " %', NEW USING ERRCODE = '22000',"
                        + " DETAIL = '" + SECRET + "', HINT = '" + SECRET + "'; END $$;"
                        + " CREATE TRIGGER refuse BEFORE INSERT ON entry FOR EACH ROW WHEN (NEW.request_id = '"
                        + refused + "') EXECUTE FUNCTION refuse()");
        try {
            record(id(customer()
                    .header("X-Request-Id", refused)
                    .body(words("BYTES", 1, SECRET))
                    .post("/v2/models/hashed/infer")));
            Awaitility.await().atMost(LONG).untilAsserted(() -> assertThat(files())
                    .anySatisfy((file, content) -> assertThat(file.endsWith("dead-letters/tables.ndjson")
                                    && content.contains(refused)
                                    && content.contains("sqlstate 22000"))
                            .isTrue()));
        } finally {
            PostgresServer.shared()
                    .execute("SET search_path = \"" + PrivateServer.SCHEMA + "\"; DROP FUNCTION refuse() CASCADE");
        }

        assertThat(logged).anyMatch(line -> line.contains("entry refused and put aside"));
        isNowhere(forms(SECRET));
    }
}
