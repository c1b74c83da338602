package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.Settlement;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.SinkPayloads.Forwarded;
import dev.weir.predictionlog.subject.SubjectKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkPayloadsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final PackedTensors ADA = texts("Ada");
    private static final PackedTensors ANSWER = texts("yes");

    @TempDir
    Path directory;

    private SubjectKeys keys;

    @BeforeEach
    void open() {
        Keyring keyring = new Keyring(directory.resolve("keys"), true);
        keys = new SubjectKeys(directory.resolve("subjects.db"), keyring, InstantSource.fixed(NOON));
    }

    @AfterEach
    void close() {
        keys.close();
    }

    private SinkPayloads payloads(SubjectPayloads mode) {
        return new SinkPayloads(mode, keys);
    }

    private static PackedTensors texts(String text) {
        return PackedTensors.pack(
                List.of(new Tensor.Bytes("t", Shape.of(1), List.of(text.getBytes(StandardCharsets.UTF_8)))));
    }

    private static PredictionRecord record(
            @Nullable String subject, @Nullable PackedTensors inputs, @Nullable PackedTensors outputs) {
        return new PredictionRecord(
                new PredictionId(new UUID(NOON.toEpochMilli() << 16 | 0x7000, 1L << 63)),
                new RequestId("request"),
                NOON,
                new RecordContext(
                        "deployment",
                        "",
                        null,
                        null,
                        "primary",
                        VariantRole.PRIMARY,
                        new VersionRef("model", "1"),
                        "sha256:0",
                        "runtime",
                        "default"),
                new PredictionRecord.Routing("only", null, null, null),
                "caller",
                Set.of(),
                subject,
                List.of(),
                null,
                null,
                Settlement.Result.OK,
                null,
                Settlement.Timing.NONE,
                1,
                1,
                new Payload(Capture.FULL, 1, true, false, false, inputs, outputs));
    }

    @Test
    void forwardsARecordWithoutSubjectAsItIs() {
        PredictionRecord record = record(null, ADA, ANSWER);

        assertThat(payloads(SubjectPayloads.SEALED).of(record, true)).isEqualTo(new Forwarded.Clear(record.payload()));
        assertThat(payloads(SubjectPayloads.WITHHELD).withheld(record)).isSameAs(record);
    }

    @Test
    void sealsThePayloadOfASubjectWhereASinkCanKeepIt() {
        PredictionRecord record = record("hmac:k1:ada", ADA, ANSWER);
        SinkPayloads payloads = payloads(SubjectPayloads.SEALED);

        Forwarded forwarded = payloads.of(record, true);

        assertThat(forwarded).asInstanceOf(type(Forwarded.Sealed.class)).satisfies(closed -> {
            assertThat(new String(closed.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("Ada", "yes");
            assertThat(closed.payload().bytes()).isZero();
            Payload opened = payloads.open(record.withPayload(closed.payload()), closed.bytes())
                    .payload();
            assertThat(opened.inputs().toBytes()).isEqualTo(ADA.toBytes());
            assertThat(opened.outputs().toBytes()).isEqualTo(ANSWER.toBytes());
            assertThat(opened.erased()).isFalse();
        });
    }

    @Test
    void opensAPayloadThatHasOneSideOnly() {
        PredictionRecord record = record("hmac:k1:ada", null, ANSWER);
        SinkPayloads payloads = payloads(SubjectPayloads.SEALED);

        assertThat(payloads.of(record, true))
                .asInstanceOf(type(Forwarded.Sealed.class))
                .satisfies(closed -> {
                    Payload opened = payloads.open(record.withPayload(closed.payload()), closed.bytes())
                            .payload();
                    assertThat(opened.inputs()).isNull();
                    assertThat(opened.outputs().toBytes()).isEqualTo(ANSWER.toBytes());
                });
    }

    @Test
    void withholdsThePayloadOfASubjectElsewhere() {
        PredictionRecord record = record("hmac:k1:ada", ADA, ANSWER);

        assertThat(payloads(SubjectPayloads.SEALED).of(record, false)).isInstanceOf(Forwarded.Withheld.class);
        assertThat(payloads(SubjectPayloads.WITHHELD).of(record, true)).isInstanceOf(Forwarded.Withheld.class);
        assertThat(payloads(SubjectPayloads.SEALED).withheld(record).payload().bytes())
                .isZero();
    }

    @Test
    void forwardsEverythingWhenTheOperatorSaysSo() {
        PredictionRecord record = record("hmac:k1:ada", ADA, ANSWER);

        assertThat(payloads(SubjectPayloads.CLEAR).of(record, false)).isEqualTo(new Forwarded.Clear(record.payload()));
    }
}
