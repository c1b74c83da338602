package dev.weir.api.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.api.RawTensors;
import dev.weir.api.http.Body;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory is counted before it is taken, and whatever a body holds, it is read or refused with a code. */
class V2RequestReaderTest {

    private static final long FUZZ_SEED = 4_112_026;
    private static final int FUZZ_ROUNDS = 30_000;
    private static final byte[] SPICE =
            "[]{},:\"\\\n0123456789.-+eEnulltruefalseNaN \u0000\u00ff".getBytes(StandardCharsets.ISO_8859_1);

    /** Far less than the shapes below ask for. */
    private static final int SMALL_BUDGET = 1 << 16;

    private final ByteBudget budget = new ByteBudget(SMALL_BUDGET);

    private V2Request read(byte[] body, int jsonLength, Limits limits) {
        // Not at the start of its array, as a body need not be.
        byte[] bytes = new byte[body.length + 7];
        System.arraycopy(body, 0, bytes, 3, body.length);
        try (RequestMemory memory = new RequestMemory(budget)) {
            Body whole = new Body(bytes, 3, body.length);
            V2Request request = new V2RequestReader(new JsonBodies(limits), limits, memory, whole, jsonLength).read();
            request.inputs().forEach(V2RequestReaderTest::touch);
            return request;
        } finally {
            assertThat(budget.reserved()).isZero();
        }
    }

    /** Looks at all elements while their memory is there. */
    private static void touch(Tensor tensor) {
        assertThat(RawTensors.write(tensor)).isNotNull();
    }

    private V2Request read(String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        return read(body, body.length, Limits.DEFAULT);
    }

    private RequestRejected refusal(String json) {
        RequestRejected refusal = catchThrowableOfType(RequestRejected.class, () -> read(json));
        assertThat(refusal).as("refusal of %s", json).isNotNull();
        return refusal;
    }

    private static String input(String fields) {
        return "{\"inputs\":[{\"name\":\"x\"," + fields + "}]}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'datatype':'FP64','shape':[4194304,4],'data':[1]",
                "'data':[1],'datatype':'FP64','shape':[4194304,4]",
                "'datatype':'FP64','shape':[4194304,4],'data':[1],'padding':'                      '",
                "'datatype':'INT8','shape':[16777216],'data':[]",
                "'datatype':'BYTES','shape':[16777216],'data':['']",
            })
    void shouldTakeNoMemoryForMoreElementsThanTheDocumentCanHold(String fields) {
        RequestRejected refusal = refusal(input(fields.replace('\'', '"')));

        assertThat(refusal.code()).isEqualTo(FailureCode.WRONG_DATA_LENGTH);
        assertThat(refusal.field()).isEqualTo("inputs[0].data");
    }

    @Test
    void shouldReadTheTightestDocumentThereIs() {
        assertThat(read(input("\"datatype\":\"INT8\",\"shape\":[3],\"data\":[1,2,3]"))
                        .inputs())
                .hasSize(1);
        assertThat(read("{\"inputs\":[{\"data\":[1],\"name\":\"x\",\"datatype\":\"INT8\",\"shape\":[1]}]}")
                        .inputs())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBoundATextByItsBytes(boolean dataFirst) {
        Limits limits = new Limits(8, 8, 100, 256);
        String[] texts = {"12345678", "ééééé", "123456789"};
        for (String text : texts) {
            String data = "\"data\":[\"a\",\"" + text + "\"]";
            String type = "\"datatype\":\"BYTES\",\"shape\":[2]";
            byte[] body =
                    input(dataFirst ? data + "," + type : type + "," + data).getBytes(StandardCharsets.UTF_8);
            RequestRejected refusal =
                    catchThrowableOfType(RequestRejected.class, () -> read(body, body.length, limits));
            if (text.equals(texts[0])) {
                assertThat(refusal).isNull();
            } else {
                assertThat(refusal.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
                assertThat(refusal.field()).isEqualTo("inputs[0].data[1]");
                assertThat(refusal.limit()).isEqualTo(8);
            }
        }
    }

    @Test
    void shouldBoundFieldNames() {
        RequestRejected refusal = refusal(input("\"" + "n".repeat(1100) + "\":1"));

        assertThat(refusal.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
        assertThat(refusal.field()).isEqualTo("inputs[0]");
        assertThat(refusal.limit()).isEqualTo(1024);
    }

    @Test
    void shouldTakeNullForAbsent() {
        V2Request request = read("{\"id\":null,\"parameters\":null,\"outputs\":null,\"inputs\":[{\"name\":\"x\","
                + "\"parameters\":null,\"datatype\":\"INT8\",\"shape\":[1],\"data\":[1]}]}");

        assertThat(request.id()).isNull();
        assertThat(request.parameters()).isEmpty();
        assertThat(request.outputs()).isEmpty();
        assertThat(refusal(input("\"datatype\":\"INT8\",\"shape\":[1],\"data\":null"))
                        .code())
                .isEqualTo(FailureCode.MISSING_FIELD);
    }

    /** Bodies that were right and then had bytes changed, moved and cut. The number of rounds is the budget. */
    @Test
    void shouldGiveARequestOrACodedRefusalForDamagedBodies() {
        Random random = new Random(FUZZ_SEED);
        Limits limits = new Limits(64, 4, 256, 8);
        List<Seed> seeds = seeds();
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            Seed seed = seeds.get(random.nextInt(seeds.size()));
            byte[] body = damaged(seed.body(), random);
            int jsonLength = Math.min(body.length, seed.jsonLength() + (random.nextInt(8) == 0 ? 1 : 0));
            try {
                read(body, jsonLength, limits);
                accepted++;
            } catch (WeirException e) {
                assertThat(e.code()).isNotEqualTo(FailureCode.INTERNAL_ERROR);
                assertThat(e.publicMessage()).isNotBlank().doesNotContain("Exception", "com.", "java.");
                refused++;
            } catch (RuntimeException e) {
                fail("round " + round + ", body " + new String(body, StandardCharsets.ISO_8859_1), e);
            }
        }
        assertThat(accepted).isGreaterThan(FUZZ_ROUNDS / 20);
        assertThat(refused).isGreaterThan(FUZZ_ROUNDS / 4);
    }

    private record Seed(byte[] body, int jsonLength) {

        static Seed of(String json, byte... block) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
            int jsonLength = body.size();
            body.writeBytes(block);
            return new Seed(body.toByteArray(), jsonLength);
        }
    }

    private static List<Seed> seeds() {
        List<Seed> seeds = new ArrayList<>();
        for (DataType datatype : DataType.values()) {
            String element =
                    switch (datatype) {
                        case BOOL -> "true";
                        case BYTES -> "\"é\\n\"";
                        default -> "1";
                    };
            String type = "\"datatype\":\"" + datatype + "\",\"shape\":[2,1]";
            seeds.add(Seed.of("{\"id\":\"a\",\"parameters\":{\"timeout\":5,\"x\":1.5},\"inputs\":[{\"name\":\"x\","
                    + type + ",\"data\":[[" + element + "],[" + element + "]]}],\"outputs\":[{\"name\":\"y\"}]}"));
            seeds.add(
                    Seed.of("{\"inputs\":[{\"data\":[" + element + "," + element + "]," + type + ",\"name\":\"x\"}]}"));
            int size = 2 * (datatype.isFixedSize() ? datatype.bytes() : Integer.BYTES);
            seeds.add(Seed.of(
                    "{\"inputs\":[{\"name\":\"x\"," + type + ",\"parameters\":{\"binary_data_size\":" + size
                            + "}}],\"parameters\":{\"binary_data_output\":true}}",
                    new byte[size]));
        }
        return seeds;
    }

    private static byte[] damaged(byte[] seed, Random random) {
        byte[] body = seed.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            body[random.nextInt(body.length)] =
                    random.nextBoolean() ? SPICE[random.nextInt(SPICE.length)] : (byte) random.nextInt(256);
        }
        if (random.nextInt(6) == 0) {
            int from = random.nextInt(body.length);
            int to = random.nextInt(body.length);
            System.arraycopy(body, from, body, to, Math.min(random.nextInt(12), body.length - Math.max(from, to)));
        }
        return random.nextInt(10) == 0 ? java.util.Arrays.copyOf(body, random.nextInt(body.length)) : body;
    }
}
