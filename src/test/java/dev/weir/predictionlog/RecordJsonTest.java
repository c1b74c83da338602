package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.failure.FailureCode;
import dev.weir.fixture.RecordSchema;
import dev.weir.fixture.Records;
import dev.weir.fixture.Tensors;
import dev.weir.inference.CallerRole;
import dev.weir.inference.DataType;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.VariantRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecordJsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final RecordSchema SCHEMA = RecordSchema.read();

    private static final String GOLDEN = """
            {
              "schema_version": "1.0",
              "kind": "prediction",
              "prediction_id": "019b7e94-3202-7000-8000-000000000002",
              "request_id": "order/2",
              "ts": "2026-01-02T12:00:00.002123Z",
              "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
              "span_id": "00f067aa0ba902b7",
              "deployment": "iris",
              "config_digest": "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
              "variant": "canary",
              "role": "canary",
              "routing": {
                "reason": "fallback",
                "bucket": 1234,
                "propensity": 0.25,
                "epoch": "7",
                "experiment": "petals",
                "primary_prediction_id": "019b7e94-3202-7000-8000-0000000f4242"
              },
              "model": {
                "name": "iris",
                "version": "4",
                "manifest_digest": "sha256:4444444444444444444444444444444444444444444444444444444444444444",
                "runtime": "onnxruntime 1.29.0"
              },
              "caller": {"id": "key-7", "roles": ["predict", "outcome"]},
              "subject_key": "hmac:k3:0123456789abcdef",
              "retention": "short",
              "result": "ok",
              "latency_us": {"total": 361, "queue": 11, "input": 2, "compute": 345, "output": 3},
              "rows": 2,
              "call_rows": 5,
              "inference_ids": ["flower-2-a", "flower-2-b"],
              "capture": {"mode": "full", "rate": 0.5, "sampled": true, "truncated": false, "erased": false},
              "inputs": [
                {"name": "features", "datatype": "FP32", "shape": [2, 3],
                 "data": [5.1, "NaN", {"$redacted": "drop"}, 4.9, 0.5, {"$redacted": "drop"}]},
                {"name": "email", "datatype": "BYTES", "shape": [2],
                 "data": [{"$redacted": "hash", "v": "k3:d1"}, {"$redacted": "hash", "v": "k3:d2"}]},
                {"name": "note", "datatype": "BYTES", "shape": [2], "data": ["", "called \\"twice\\"\\n\uD83C\uDF3C"]}
              ],
              "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [2], "data": [1, 2]},
                {"name": "scores", "datatype": "FP32", "shape": [2, 2], "data": [0.25, 0.75, 1.0, 0.0]}
              ],
              "acknowledged": true,
              "position": {"replica": "replica-1", "incarnation": 3, "segment": 9, "seq": 42}
            }
            """;

    private static StoredEntry stored(LogEntry entry) {
        return new StoredEntry("replica-1", new Position(3, 9, 42), true, entry);
    }

    private static JsonNode document(LogEntry entry) throws IOException {
        return JSON.readTree(RecordJson.toBytes(stored(entry)));
    }

    private static JsonNode document(LogEntry entry, RecordJson.Shown shown) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            RecordJson.write(json, stored(entry), shown);
        }
        return JSON.readTree(out.toByteArray());
    }

    private static JsonNode data(Tensor tensor, PackedTensors.Redacted... redacted) throws IOException {
        Payload payload = new Payload(
                Capture.FULL, 1, true, false, false, null, PackedTensors.pack(List.of(tensor), List.of(redacted)));
        JsonNode document = document(Records.draft(1).payload(payload).build());
        assertThat(SCHEMA.violations(document)).isEmpty();
        return document.at("/outputs/0/data");
    }

    @Test
    void shouldWriteADocumentExactlyAsItIsPublished() throws IOException {
        String written = new String(RecordJson.toBytes(stored(Records.full(2))), StandardCharsets.UTF_8);

        assertThat(written).isEqualTo(JSON.readTree(GOLDEN).toString().replace("\uD83C\uDF3C", "\\uD83C\\uDF3C"));
    }

    @Test
    void shouldWriteAGapExactlyAsItIsPublished() {
        String written = new String(RecordJson.toBytes(stored(Records.gap(1, 2, "iris"))), StandardCharsets.UTF_8);

        assertThat(written)
                .isEqualTo("{\"schema_version\":\"1.0\",\"kind\":\"gap\",\"from\":\"2026-01-02T12:00:00.001123Z\","
                        + "\"to\":\"2026-01-02T12:00:00.002123Z\",\"deployment\":\"iris\",\"count\":3,"
                        + "\"reason\":\"overflow\",\"position\":{\"replica\":\"replica-1\",\"incarnation\":3,"
                        + "\"segment\":9,\"seq\":42}}");
    }

    static Stream<LogEntry> entries() {
        List<LogEntry> entries = new ArrayList<>(List.of(Records.record(1), Records.full(2), Records.gap(1, 1, null)));
        for (Settlement.Result result : Settlement.Result.values()) {
            entries.add(Records.draft(3)
                    .failed(result, FailureCode.EXECUTION_FAILED)
                    .build());
        }
        for (VariantRole role : VariantRole.values()) {
            entries.add(Records.draft(4)
                    .of(Records.context("iris", "some", role, "iris", "1"))
                    .build());
        }
        for (Capture capture : Capture.values()) {
            entries.add(Records.draft(5)
                    .payload(new Payload(capture, 0.01, false, true, true, null, null))
                    .build());
        }
        for (GapRecord.Reason reason : GapRecord.Reason.values()) {
            entries.add(new GapRecord(Records.NOON, Records.NOON, null, null, reason));
        }
        PredictionRecord one = Records.full(6);
        entries.add(new PredictionRecord(
                one.id(),
                new RequestId("x"),
                one.started(),
                one.context(),
                one.routing(),
                "everybody",
                EnumSet.allOf(CallerRole.class),
                null,
                List.of(),
                null,
                null,
                one.result(),
                null,
                Settlement.Timing.NONE,
                0,
                0,
                one.payload()));
        return entries.stream();
    }

    @ParameterizedTest
    @MethodSource("entries")
    void shouldWriteWhatTheSchemaDescribes(LogEntry entry) throws IOException {
        assertThat(SCHEMA.violations(document(entry))).isEmpty();
    }

    /** A schema that describes what nobody writes would promise too much. */
    @Test
    void shouldHaveEveryMemberOfTheSchemaInSomeDocument() throws IOException {
        Set<String> written = new TreeSet<>();
        for (LogEntry entry : entries().toList()) {
            collect(document(entry), written);
        }
        collect(document(Records.full(1), new RecordJson.Shown(false, 1, RecordJson.Members.NONE)), written);
        collect(data(new Tensor.Bytes("x", Shape.of(1), List.of(new byte[] {-1}))), written);

        Set<String> described = new TreeSet<>();
        RecordSchema.document().get("$defs").properties().forEach(definition -> {
            if (!definition.getKey().equals("RecordOutcome")) {
                definition.getValue().path("properties").fieldNames().forEachRemaining(described::add);
            }
        });
        described.remove("outcomes");
        assertThat(described).isEqualTo(written);
    }

    private static void collect(JsonNode node, Set<String> names) {
        node.fieldNames().forEachRemaining(names::add);
        node.forEach(each -> collect(each, names));
    }

    @Test
    void shouldFindADocumentThatBreaksTheSchema() throws IOException {
        ObjectNode broken = (ObjectNode) document(Records.full(1));
        broken.put("role", "emperor");

        assertThat(SCHEMA.violations(broken)).isNotEmpty();
    }

    @Test
    void shouldFindAMemberThatTheSchemaDoesNotKnow() throws IOException {
        ObjectNode broken = (ObjectNode) document(Records.full(1));
        broken.put("secret", 1);

        assertThat(SCHEMA.violations(broken)).isNotEmpty();
    }

    @Test
    void shouldBeginWithTheVersionOfTheSchema() {
        assertThat(new String(RecordJson.toBytes(stored(Records.record(1))), StandardCharsets.UTF_8))
                .startsWith("{\"schema_version\":\"1.0\",");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() throws IOException {
        JsonNode document = document(Records.record(1));

        assertThat(document.findValuesAsText("nothing")).isEmpty();
        assertThat(document.has("trace_id")).isFalse();
        assertThat(document.has("subject_key")).isFalse();
        assertThat(document.has("error_code")).isFalse();
        assertThat(document.has("inference_ids")).isFalse();
        assertThat(document.get("routing").properties()).hasSize(1);
    }

    @Test
    void shouldSayThatItsCallerWasToldThatItMightNotBe() throws IOException {
        StoredEntry entry = new StoredEntry("replica-1", new Position(1, 1, 1), false, Records.record(1));

        assertThat(JSON.readTree(RecordJson.toBytes(entry)).get("acknowledged").asBoolean(true))
                .isFalse();
    }

    @Test
    void shouldHideThePayloadAndSayThatItDoes() throws IOException {
        JsonNode document = document(Records.full(1), new RecordJson.Shown(false, null, RecordJson.Members.NONE));

        assertThat(document.has("inputs")).isFalse();
        assertThat(document.has("outputs")).isFalse();
        assertThat(document.at("/capture/hidden").asBoolean()).isTrue();
        assertThat(SCHEMA.violations(document)).isEmpty();
    }

    @Test
    void shouldMarkTheRowThatWasAskedFor() throws IOException {
        JsonNode document = document(Records.full(1), new RecordJson.Shown(true, 1, RecordJson.Members.NONE));

        assertThat(document.get("row").asInt()).isEqualTo(1);
        assertThat(document.get("inference_id").asText()).isEqualTo("flower-1-b");
        assertThat(SCHEMA.violations(document)).isEmpty();
    }

    @Test
    void shouldMarkARowWithoutAnIdOfItsCaller() throws IOException {
        JsonNode document = document(Records.record(1), new RecordJson.Shown(true, 0, RecordJson.Members.NONE));

        assertThat(document.get("row").asInt()).isZero();
        assertThat(document.has("inference_id")).isFalse();
    }

    @Test
    void shouldWriteWhatOthersAdd() throws IOException {
        JsonNode document = document(
                Records.record(1), new RecordJson.Shown(true, null, json -> json.writeStringField("more", "x")));

        assertThat(document.get("more").asText()).isEqualTo("x");
    }

    @Test
    void shouldRefuseADamagedPayload() {
        Payload payload =
                new Payload(Capture.FULL, 1, true, false, false, PackedTensors.ofBytes(new byte[] {16, 1}), null);

        assertThatIllegalStateException()
                .isThrownBy(() -> document(Records.draft(1).payload(payload).build()));
    }

    @ParameterizedTest
    @EnumSource(names = "BYTES", mode = EnumSource.Mode.EXCLUDE)
    void shouldWriteElementsOfEveryDatatype(DataType datatype) throws IOException {
        JsonNode data = data(Tensors.raw("x", datatype, new byte[2 * datatype.bytes()]));

        assertThat(data).hasSize(2);
        assertThat(data.get(0).isNumber() || data.get(0).isBoolean()).isTrue();
    }

    @Test
    void shouldWriteInfinitiesAsTexts() throws IOException {
        JsonNode data = data(Tensors.fp32("x", Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY));

        assertThat(data.toString()).isEqualTo("[\"Infinity\",\"-Infinity\"]");
    }

    @Test
    void shouldWriteIntegersExactly() throws IOException {
        assertThat(data(Tensors.int64("x", Long.MAX_VALUE, Long.MIN_VALUE)).toString())
                .isEqualTo("[9223372036854775807,-9223372036854775808]");
    }

    @Test
    void shouldWriteATextLikeAMarkAsAText() throws IOException {
        assertThat(data(Tensors.strings("x", "drop", "NaN", "{\"$redacted\":\"drop\"}"))
                        .toString())
                .isEqualTo("[\"drop\",\"NaN\",\"{\\\"$redacted\\\":\\\"drop\\\"}\"]");
    }

    @Test
    void shouldWriteADigestLikeAMarkAsADigest() throws IOException {
        assertThat(data(Tensors.strings("x", "a"), new PackedTensors.Redacted(0, null, List.of("drop")))
                        .toString())
                .isEqualTo("[{\"$redacted\":\"hash\",\"v\":\"drop\"}]");
    }

    @Test
    void shouldWriteOneDigestThatStandsForSeveralElements() throws IOException {
        assertThat(data(
                                Tensors.fp32("x", new long[] {2, 2}, 1, 2, 3, 4),
                                new PackedTensors.Redacted(0, null, List.of("a", "", "b", "")))
                        .toString())
                .isEqualTo("[{\"$redacted\":\"hash\",\"v\":\"a\"},{\"$redacted\":\"hash\"},"
                        + "{\"$redacted\":\"hash\",\"v\":\"b\"},{\"$redacted\":\"hash\"}]");
    }

    @Test
    void shouldWriteAnEmptyTensor() throws IOException {
        assertThat(data(Tensors.fp32("x", new long[] {0, 4}))).isEmpty();
    }

    @Test
    void shouldWriteAScalar() throws IOException {
        assertThat(data(Tensors.fp32("x", new long[0], 7f)).toString()).isEqualTo("[7.0]");
    }

    @Property(tries = 200)
    void shouldKeepEveryByteOfAnyByteString(@ForAll @Size(max = 4) List<byte @Size(max = 12) []> elements)
            throws IOException {
        JsonNode data = data(new Tensor.Bytes("x", Shape.of(elements.size()), elements));

        for (int i = 0; i < elements.size(); i++) {
            JsonNode cell = data.get(i);
            byte[] read = cell.isTextual()
                    ? cell.asText().getBytes(StandardCharsets.UTF_8)
                    : Base64.getDecoder().decode(cell.get("$base64").asText());
            assertThat(read).isEqualTo(elements.get(i));
        }
    }

    @Property(tries = 200)
    void shouldKeepEveryBitOfAnyNumber(@ForAll float value) throws IOException {
        assertThat(Float.floatToIntBits(
                        (float) data(Tensors.fp32("x", value)).get(0).asDouble()))
                .isEqualTo(Float.floatToIntBits(value));
    }
}
