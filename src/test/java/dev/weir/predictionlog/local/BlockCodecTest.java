package dev.weir.predictionlog.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.failure.FailureCode;
import dev.weir.fixture.Records;
import dev.weir.fixture.Unsealed;
import dev.weir.inference.Settlement;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.GapRecord;
import dev.weir.predictionlog.LogEntry;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import dev.weir.predictionlog.PayloadSeal;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.PredictionRecord;
import dev.weir.predictionlog.StoredEntry;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockCodecTest {

    private static final byte[] ZERO = new byte[Digests.BYTES];

    private static final List<FailureCode> CODES = List.of(FailureCode.values());

    private static EncodedBlock encode(List<? extends LogEntry> entries) {
        BlockBuilder builder = new BlockBuilder(Unsealed.SEAL);
        for (LogEntry entry : entries) {
            switch (entry) {
                case PredictionRecord record -> builder.add(record, true);
                case GapRecord gap -> builder.add(gap);
            }
        }
        return builder.build(1, Records.NOON, ZERO);
    }

    private static List<LogEntry> decode(byte[] body) {
        BlockCodec block = BlockCodec.of(body);
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < block.count(); i++) {
            StoredEntry entry = block.entry(i, "r", new Position(1, 1, 1 + i), Unsealed.SEAL, any -> true);
            if (entry != null) {
                entries.add(entry.entry());
            }
        }
        return entries;
    }

    private static void assertSame(Object actual, Object expected) {
        assertThat(actual).usingRecursiveComparison().isEqualTo(expected);
    }

    private static List<LogEntry> mixture() {
        return List.of(Records.full(1), Records.record(2), Records.gap(1, 5, null), Records.full(3));
    }

    @Test
    void shouldGiveBackWhatItWasGiven() {
        assertSame(decode(encode(mixture()).body()), mixture());
    }

    @Test
    void shouldHaveAContextOnceHoweverManyRecordsShareIt() {
        EncodedBlock block = encode(List.of(Records.record(1), Records.record(2), Records.full(3), Records.record(4)));

        assertThat(BlockCodec.of(block.body()).contexts()).containsExactly(Records.IRIS, Records.IRIS_CANARY);
    }

    @Test
    void shouldSayWhoWasToldThatARecordMightNotBeWritten() {
        BlockBuilder builder = new BlockBuilder(Unsealed.SEAL);
        builder.add(Records.record(1), false);
        BlockCodec block = BlockCodec.of(builder.build(1, Records.NOON, ZERO).body());

        StoredEntry entry = block.entry(0, "r", new Position(1, 1, 1), Unsealed.SEAL, any -> true);

        assertThat(entry).isNotNull();
        assertThat(entry.acknowledged()).isFalse();
    }

    @Test
    void shouldCoverTheTimesOfIdsAndStartsAndGaps() {
        PredictionRecord record = Records.draft(1)
                .started(Records.after(50))
                .id(Records.id(Records.after(20), 1))
                .build();

        EncodedBlock block = encode(List.of(record, Records.gap(60, 70, null)));

        assertThat(block.minMillis()).isEqualTo(Records.after(20).toEpochMilli());
        assertThat(block.maxMillis()).isEqualTo(Records.after(70).toEpochMilli());
    }

    @Test
    void shouldLeaveNothingOfARecordThatCanNotBeEncoded() {
        BlockBuilder builder = new BlockBuilder(new PayloadSeal() {
            @Override
            public byte[] seal(dev.weir.inference.PredictionId id, String subjectKey, byte[] payload) {
                throw new IllegalStateException("no key");
            }

            @Override
            public byte[] open(dev.weir.inference.PredictionId id, String subjectKey, byte[] sealed) {
                throw new AssertionError();
            }
        });
        builder.add(Records.record(1), true);

        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> builder.add(Records.full(2), true));

        builder.add(Records.record(3), true);
        assertSame(decode(builder.build(1, Records.NOON, ZERO).body()), List.of(Records.record(1), Records.record(3)));
    }

    /** Written by the first version. No later one may fail to read it; it is never written anew. */
    @Test
    void shouldReadWhatTheFirstVersionWrote() throws Exception {
        try (InputStream golden = BlockCodecTest.class.getResourceAsStream("block-1.bin")) {
            assertThat(golden).isNotNull();

            assertSame(decode(golden.readAllBytes()), mixture());
        }
    }

    @Test
    void shouldReadAPayloadThatWasErased() {
        byte[] body = encode(List.of(Records.full(1))).body();
        BlockCodec.Slice slice = BlockCodec.of(body).slices().getFirst();
        byte[] erased = Arrays.copyOf(body, slice.saltFrom());
        erased[slice.digestFrom() - 1] = BlockCodec.GONE;

        PredictionRecord record = (PredictionRecord) decode(erased).getFirst();

        assertThat(record.payload().erased()).isTrue();
        assertThat(record.payload().inputs()).isNull();
        assertThat(new Digests().head(ZERO, 1, 1, BlockCodec.of(erased)))
                .as("the chain does not change")
                .isEqualTo(new Digests().head(ZERO, 1, 1, BlockCodec.of(body)));
    }

    @Test
    void shouldStepOverFieldsAndEntriesOfALaterVersion() {
        ByteOutput facts = new ByteOutput(100);
        EntryCodec.write(facts, Records.gap(1, 2, "iris"));
        facts.numberField(99, 7);
        facts.textField(100, "new");
        ByteOutput body = new ByteOutput(100);
        body.octet(BlockCodec.VERSION);
        body.number(0);
        body.number(2);
        body.number(1);
        body.octet(77);
        body.octet(BlockCodec.NO_PAYLOAD);
        body.number(facts.size());
        body.raw(facts.toByteArray());
        body.octet(BlockCodec.NO_PAYLOAD);

        assertSame(decode(body.toByteArray()), List.of(Records.gap(1, 2, "iris")));
    }

    @Test
    void shouldRefuseAnotherVersion() {
        byte[] body = encode(mixture()).body();
        body[0] = 2;

        assertThatExceptionOfType(UnreadableBlock.class).isThrownBy(() -> BlockCodec.of(body));
    }

    @Property
    void shouldGiveBackAnyRecords(@ForAll("records") List<PredictionRecord> records) {
        EncodedBlock block = encode(records);

        assertThat(block.count()).isEqualTo(records.size());
        assertSame(decode(block.body()), records);
    }

    @Property(tries = 300)
    void shouldSayCleanlyThatABlockIsCutShort(@ForAll @IntRange(max = 5_000) int length) {
        byte[] body = encode(mixture()).body();
        byte[] cut = Arrays.copyOf(body, length % body.length);

        assertThatExceptionOfType(UnreadableBlock.class).isThrownBy(() -> decode(cut));
    }

    @Property
    void shouldSayCleanlyThatABlockIsGarbage(@ForAll byte[] garbage) {
        byte[] body = garbage.clone();
        if (body.length > 0) {
            body[0] = BlockCodec.VERSION;
        }
        readsOrRefuses(body);
    }

    @Property
    void shouldSayCleanlyThatABlockIsDamaged(@ForAll @IntRange(max = 5_000) int at, @ForAll byte value) {
        byte[] body = encode(mixture()).body();
        body[at % body.length] = value;

        readsOrRefuses(body);
    }

    private static void readsOrRefuses(byte[] body) {
        try {
            decode(body);
        } catch (UnreadableBlock e) {
            assertThat(e).hasMessageMatching("(a|an|the) .*");
        }
    }

    @Provide
    Arbitrary<List<PredictionRecord>> records() {
        Arbitrary<Instant> times =
                Arbitraries.longs().between(0, 4_000_000_000_000_000L).map(EntryCodec::instant);
        Arbitrary<String> ids =
                Arbitraries.strings().withCharRange('\u0000', '\uD7FF').ofMaxLength(30);
        Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        Arbitrary<Payload> payloads = Combinators.combine(
                        bytes.injectNull(0.3),
                        bytes.injectNull(0.3),
                        Arbitraries.doubles().between(0.01, 1),
                        Arbitraries.of(true, false))
                .as((in, out, probability, truncated) -> new Payload(
                        Capture.FULL,
                        probability,
                        true,
                        truncated,
                        false,
                        in == null ? null : PackedTensors.ofBytes(in),
                        out == null ? null : PackedTensors.ofBytes(out)));
        return Combinators.combine(
                        Arbitraries.integers().between(0, 100_000),
                        times,
                        ids,
                        payloads,
                        ids.list().ofMaxSize(3))
                .as((number, started, caller, payload, inference) -> Records.draft(number)
                        .started(started)
                        .of(number % 2 == 0 ? Records.IRIS : Records.IRIS_CANARY)
                        .caller(caller)
                        .inferenceIds(inference.toArray(String[]::new))
                        .failed(Settlement.Result.ERROR, CODES.get(number % CODES.size()))
                        .payload(payload)
                        .build())
                .list()
                .ofMinSize(1)
                .ofMaxSize(20);
    }
}
