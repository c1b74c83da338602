package dev.weir.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.api.Limits;
import dev.weir.api.RawTensors;
import dev.weir.deployment.Disclosure;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.DataType;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Shape;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorAllocator;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.serving.Prediction;
import inference.wire.InferParameter;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferRequest;
import inference.wire.ModelInferRequest.InferInputTensor;
import inference.wire.ModelInferRequest.InferRequestedOutputTensor;
import inference.wire.ModelInferResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InferTensorsTest {

    private static final long FUZZ_SEED = 7_150_914;
    private static final int FUZZ_ROUNDS = 30_000;
    private static final Limits LIMITS = Limits.DEFAULT;

    @Property(tries = 1000)
    void shouldReadBackWhatAnAnswerCarriesRawOrTyped(
            @ForAll DataType datatype, @ForAll("shapes") long[] extents, @ForAll boolean raw, @ForAll Random random) {
        Tensor tensor = random(datatype, Shape.of(extents), random);

        ModelInferResponse answer = InferResponses.encode(prediction(Disclosure.FULL, tensor), "id-1", raw);
        Tensor back = decode(asRequest(answer)).getFirst();

        assertThat(answer.getRawOutputContentsCount() > 0)
                .isEqualTo(raw || datatype == DataType.FP16 || datatype == DataType.BF16);
        assertThat(back.name()).isEqualTo("x");
        assertThat(back.datatype()).isEqualTo(datatype);
        assertThat(back.shape()).isEqualTo(tensor.shape());
        assertThat(bytes(back)).isEqualTo(bytes(tensor));
    }

    @Provide
    Arbitrary<long[]> shapes() {
        return Arbitraries.longs().between(0, 4).array(long[].class).ofMaxSize(3);
    }

    private static Tensor random(DataType datatype, Shape shape, Random random) {
        if (datatype == DataType.BYTES) {
            List<byte[]> elements = new ArrayList<>();
            for (int i = 0; i < shape.elements(); i++) {
                byte[] element = new byte[random.nextInt(9)];
                random.nextBytes(element);
                elements.add(element);
            }
            return new Tensor.Bytes("x", shape, elements);
        }
        byte[] payload = new byte[(int) shape.elements() * datatype.bytes()];
        random.nextBytes(payload);
        if (datatype == DataType.BOOL) {
            for (int i = 0; i < payload.length; i++) {
                payload[i] &= 1;
            }
        }
        return RawTensors.read("x", datatype, shape, ByteBuffer.wrap(payload), TensorAllocator.UNPOOLED, LIMITS);
    }

    private static Prediction prediction(Disclosure disclosure, Tensor... outputs) {
        Variant variant = new Variant("steady", new VersionRef("flowers", "7"), VariantRole.PRIMARY);
        return new Prediction(
                new PredictionId(new UUID(1, 2)),
                "iris",
                disclosure,
                Route.to(variant, Route.Reason.PINNED),
                new InferenceResponse(List.of(outputs)));
    }

    private static ModelInferRequest asRequest(ModelInferResponse answer) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder();
        answer.getOutputsList()
                .forEach(output -> request.addInputs(InferInputTensor.newBuilder()
                        .setName(output.getName())
                        .setDatatype(output.getDatatype())
                        .addAllShape(output.getShapeList())
                        .setContents(output.getContents())));
        return request.addAllRawInputContents(answer.getRawOutputContentsList()).build();
    }

    @Test
    void shouldTellOfTheRouteOnlyWhatTheDeploymentDiscloses() {
        Tensor tensor = random(DataType.INT8, Shape.of(1), new Random(1));

        ModelInferResponse full = InferResponses.encode(prediction(Disclosure.FULL, tensor), "a", true);
        ModelInferResponse version = InferResponses.encode(prediction(Disclosure.VERSION, tensor), "b", true);
        ModelInferResponse opaque = InferResponses.encode(prediction(Disclosure.OPAQUE, tensor), "c", true);

        assertThat(full.getModelName()).isEqualTo("iris");
        assertThat(full.getId()).isEqualTo("a");
        assertThat(full.getModelVersion()).isEqualTo("7");
        assertThat(full.getParametersMap())
                .containsOnlyKeys("weir_prediction_id", "weir_model", "weir_variant", "weir_route");
        assertThat(full.getParametersOrThrow("weir_route").getStringParam()).isEqualTo("pinned");
        assertThat(version.getModelVersion()).isEqualTo("7");
        assertThat(version.getParametersMap()).containsOnlyKeys("weir_prediction_id");
        assertThat(opaque.getModelVersion()).isEmpty();
        assertThat(opaque.getParametersMap()).containsOnlyKeys("weir_prediction_id");
    }

    @Test
    void shouldReadWhatSurroundsTheTensors() {
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName("iris")
                .setModelVersion("2")
                .setId("order/1")
                .putParameters(
                        "b", InferParameter.newBuilder().setBoolParam(true).build())
                .putParameters(
                        "i", InferParameter.newBuilder().setInt64Param(-5).build())
                .putParameters(
                        "s",
                        InferParameter.newBuilder().setStringParam("größer").build())
                .putParameters(
                        "d", InferParameter.newBuilder().setDoubleParam(0.5).build())
                .putParameters(
                        "u", InferParameter.newBuilder().setUint64Param(-1).build())
                .putParameters("none", InferParameter.getDefaultInstance())
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("label"))
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("probabilities"))
                .addInputs(InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(-1))
                .addRawInputContents(ByteString.copyFromUtf8("raw"))
                .build();

        InferRequest read = read(request.toByteArray());

        assertThat(read.model()).isEqualTo("iris");
        assertThat(read.version()).isEqualTo("2");
        assertThat(read.id()).isEqualTo("order/1");
        assertThat(read.outputs()).containsExactly("label", "probabilities");
        assertThat(read.parameters())
                .isEqualTo(Map.of(
                        "b",
                        true,
                        "i",
                        -5L,
                        "s",
                        "größer",
                        "d",
                        0.5,
                        "u",
                        BigInteger.TWO.pow(64).subtract(BigInteger.ONE)));
        assertThat(read.inputs().getFirst().shape()).containsExactly(1L, -1L);
        assertThat(read.raw()).containsExactly(ByteBuffer.wrap(new byte[] {'r', 'a', 'w'}));
    }

    @Test
    void shouldReadElementsThatAreNotPacked() throws IOException {
        byte[] contents = written(out -> {
            out.writeFloat(InferTensorContents.FP32_CONTENTS_FIELD_NUMBER, 1.5f);
            out.writeFloat(InferTensorContents.FP32_CONTENTS_FIELD_NUMBER, -2f);
        });

        Tensor tensor = decode(withContents(DataType.FP32, contents, 2)).getFirst();

        ByteBuffer data = ((Tensor.Fixed) tensor).data();
        assertThat(data.getFloat()).isEqualTo(1.5f);
        assertThat(data.getFloat()).isEqualTo(-2f);
    }

    @Test
    void shouldJoinContentsThatComeInParts() throws IOException {
        InferTensorContents first = InferTensorContents.newBuilder()
                .addIntContents(1)
                .addIntContents(2)
                .build();
        InferTensorContents second =
                InferTensorContents.newBuilder().addIntContents(3).build();
        byte[] input = written(out -> {
            out.writeMessage(InferInputTensor.CONTENTS_FIELD_NUMBER, first);
            out.writeString(InferInputTensor.NAME_FIELD_NUMBER, "x");
            out.writeString(InferInputTensor.DATATYPE_FIELD_NUMBER, "INT8");
            out.writeInt64(InferInputTensor.SHAPE_FIELD_NUMBER, 3);
            out.writeMessage(InferInputTensor.CONTENTS_FIELD_NUMBER, second);
        });
        byte[] message = written(out -> out.writeByteArray(ModelInferRequest.INPUTS_FIELD_NUMBER, input));

        assertThat(bytes(decode(message).getFirst())).containsExactly(1, 2, 3);
    }

    @Test
    void shouldSkipFieldsItDoesNotKnow() throws IOException {
        byte[] known = request(DataType.BOOL, contents -> contents.addBoolContents(true), 1)
                .toByteArray();
        byte[] message = written(out -> {
            out.writeString(100, "from the future");
            out.writeRawBytes(known);
            out.writeFixed64(101, 7);
        });

        assertThat(bytes(decode(message).getFirst())).containsExactly(1);
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void shouldRefuseElementsInAFieldThatIsNotTheDatatypes(DataType datatype) {
        InferTensorContents everywhere = InferTensorContents.newBuilder()
                .addBoolContents(true)
                .addIntContents(1)
                .addInt64Contents(1)
                .addUintContents(1)
                .addUint64Contents(1)
                .addFp32Contents(1)
                .addFp64Contents(1)
                .addBytesContents(ByteString.EMPTY)
                .build();

        refuses(
                request(datatype, contents -> contents.mergeFrom(everywhere), 1),
                FailureCode.INVALID_FIELD,
                "inputs[0].data");
    }

    @Test
    void shouldRefuseIntegersThatDoNotFit() {
        outOfRange(DataType.INT8, contents -> contents.addIntContents(128));
        outOfRange(DataType.INT8, contents -> contents.addIntContents(-129));
        outOfRange(DataType.INT16, contents -> contents.addIntContents(32768));
        outOfRange(DataType.UINT8, contents -> contents.addUintContents(256));
        outOfRange(DataType.UINT8, contents -> contents.addUintContents(-1));
        outOfRange(DataType.UINT16, contents -> contents.addUintContents(65536));
        assertThat(bytes(decode(request(DataType.UINT8, contents -> contents.addUintContents(255), 1)
                                .toByteArray())
                        .getFirst()))
                .containsExactly(-1);
    }

    private static void outOfRange(DataType datatype, Consumer<InferTensorContents.Builder> contents) {
        refuses(request(datatype, contents, 1), FailureCode.VALUE_OUT_OF_RANGE, "inputs[0].data[0]");
    }

    @Test
    void shouldRefuseAnElementTooFewOrTooMany() {
        for (int elements : new int[] {1, 3}) {
            refuses(
                    request(
                            DataType.FP32,
                            contents -> LongStream.range(0, elements).forEach(i -> contents.addFp32Contents((float) i)),
                            2),
                    FailureCode.WRONG_DATA_LENGTH,
                    "inputs[0].data");
            refuses(
                    request(
                            DataType.INT64,
                            contents -> LongStream.range(0, elements).forEach(contents::addInt64Contents),
                            2),
                    FailureCode.WRONG_DATA_LENGTH,
                    "inputs[0].data");
        }
        refuses(request(DataType.FP32, contents -> {}, 2), FailureCode.MISSING_FIELD, "inputs[0].data");
        assertThat(decode(request(DataType.FP32, contents -> {}, 0).toByteArray()))
                .hasSize(1);
    }

    @Test
    void shouldRefuseContentsBesideRawOnes() {
        ModelInferRequest request = request(DataType.INT8, contents -> contents.addIntContents(1), 1).toBuilder()
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .build();

        refuses(request, FailureCode.INVALID_FIELD, "inputs[0].data");
    }

    @Test
    void shouldRefuseAsManyRawContentsAsThereAreNotInputs() {
        ModelInferRequest request = request(DataType.INT8, contents -> {}, 1).toBuilder()
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .build();

        refuses(request, FailureCode.MALFORMED_BODY, "raw_input_contents");
    }

    @Test
    void shouldBlameTheFirstInputThatHasNoRawContents() {
        ModelInferRequest one = request(DataType.INT8, contents -> {}, 1);
        ModelInferRequest request = one.toBuilder()
                .addInputs(one.getInputs(0))
                .addRawInputContents(ByteString.copyFrom(new byte[1]))
                .build();

        refuses(request, FailureCode.MISSING_FIELD, "inputs[1].data");
    }

    @Test
    void shouldBlameAnInputsDataForTheLengthOfItsRawContents() {
        ModelInferRequest request = request(DataType.FP64, contents -> {}, 2).toBuilder()
                .addRawInputContents(ByteString.copyFrom(new byte[15]))
                .build();

        refuses(request, FailureCode.WRONG_DATA_LENGTH, "inputs[0].data");
    }

    @Test
    void shouldRefuseShapesAndTypesThatAreNone() {
        refuses(request(DataType.FP32, contents -> {}, -1), FailureCode.WRONG_SHAPE, "inputs[0].shape");
        refuses(
                request(DataType.FP32, contents -> {}, 1L << 32, 1L << 32),
                FailureCode.LIMIT_EXCEEDED,
                "inputs[0].shape");
        refuses(
                request(DataType.FP32, contents -> {}, LIMITS.maxElements() + 1),
                FailureCode.LIMIT_EXCEEDED,
                "inputs[0].shape");
        refuses(
                request(DataType.FP32, contents -> {}, 1, 1, 1, 1, 1, 1, 1, 1, 1),
                FailureCode.LIMIT_EXCEEDED,
                "inputs[0].shape");
        refuses(
                ModelInferRequest.newBuilder()
                        .addInputs(InferInputTensor.newBuilder().setName("x").setDatatype("FP128"))
                        .build(),
                FailureCode.UNSUPPORTED_DATATYPE,
                "inputs[0].datatype");
    }

    @Test
    void shouldBoundHowManyThingsARequestLists() {
        ModelInferRequest.Builder inputs = ModelInferRequest.newBuilder();
        ModelInferRequest.Builder outputs = ModelInferRequest.newBuilder();
        ModelInferRequest.Builder parameters = ModelInferRequest.newBuilder();
        ModelInferRequest.Builder raw = ModelInferRequest.newBuilder();
        for (int i = 0; i <= LIMITS.maxTensors(); i++) {
            inputs.addInputs(InferInputTensor.getDefaultInstance());
            outputs.addOutputs(InferRequestedOutputTensor.newBuilder().setName("y"));
            parameters.putParameters(
                    "p" + i, InferParameter.newBuilder().setBoolParam(true).build());
            raw.addRawInputContents(ByteString.EMPTY);
        }
        refuses(inputs.build(), FailureCode.LIMIT_EXCEEDED, "inputs");
        refuses(outputs.build(), FailureCode.LIMIT_EXCEEDED, "outputs");
        refuses(parameters.build(), FailureCode.LIMIT_EXCEEDED, "parameters");
        refuses(raw.build(), FailureCode.LIMIT_EXCEEDED, "raw_input_contents");
    }

    @Test
    void shouldRefuseTextThatIsNoUtf8() throws IOException {
        byte[] message =
                written(out -> out.writeByteArray(ModelInferRequest.MODEL_NAME_FIELD_NUMBER, new byte[] {(byte) 0xFF}));

        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> read(message))
                .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.INVALID_UTF8))
                .satisfies(e -> assertThat(e.field()).isEqualTo("model_name"));
    }

    @Test
    void shouldTakeNoMemoryForElementsThatAreNotThere() {
        ByteBudget budget = new ByteBudget(10_000);
        ModelInferRequest request =
                request(DataType.FP64, contents -> contents.addFp64Contents(1), LIMITS.maxElements());
        try (RequestMemory memory = new RequestMemory(budget)) {
            assertThatExceptionOfType(RequestRejected.class)
                    .isThrownBy(() -> InferTensors.decode(
                            InferRequestReader.read(request.toByteArray(), LIMITS, memory), memory, LIMITS))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(FailureCode.WRONG_DATA_LENGTH));
            assertThat(budget.reserved()).isLessThan(100);
        }
    }

    @Test
    void shouldGiveNothingButTensorsOrACodedRefusalForDamagedMessages() {
        Random random = new Random(FUZZ_SEED);
        Limits limits = new Limits(64, 4, 256, 8);
        ByteBudget budget = new ByteBudget(1 << 16);
        List<byte[]> seeds = seeds(random);
        int accepted = 0;
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            byte[] message = damaged(seeds.get(random.nextInt(seeds.size())), random);
            try (RequestMemory memory = new RequestMemory(budget)) {
                InferRequest request = InferRequestReader.read(message, limits, memory);
                List<Tensor> tensors = InferTensors.decode(request, memory, limits);
                requireSameReading(message, request, tensors);
                accepted++;
            } catch (WeirException e) {
                assertThat(e.code()).isNotEqualTo(FailureCode.INTERNAL_ERROR);
            }
            assertThat(budget.reserved()).isZero();
        }
        assertThat(accepted).isGreaterThan(1000);
    }

    private static List<byte[]> seeds(Random random) {
        List<byte[]> seeds = new ArrayList<>();
        for (DataType datatype : DataType.values()) {
            for (boolean raw : new boolean[] {true, false}) {
                Tensor tensor = random(datatype, Shape.of(2, 2), random);
                seeds.add(asRequest(InferResponses.encode(prediction(Disclosure.FULL, tensor), "", raw)).toBuilder()
                        .setModelName("iris")
                        .setId("id")
                        .putParameters(
                                "p",
                                InferParameter.newBuilder().setInt64Param(1).build())
                        .addOutputs(InferRequestedOutputTensor.newBuilder().setName("o"))
                        .build()
                        .toByteArray());
            }
        }
        return seeds;
    }

    private static byte[] damaged(byte[] seed, Random random) {
        byte[] message = seed.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            message[random.nextInt(message.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? java.util.Arrays.copyOf(message, random.nextInt(message.length)) : message;
    }

    /** What this reader accepts, the generated parser must accept, and read the same. */
    private static void requireSameReading(byte[] message, InferRequest read, List<Tensor> tensors) {
        assertThatCode(() -> {
                    ModelInferRequest parsed = parse(message);
                    assertThat(read.model()).isEqualTo(parsed.getModelName());
                    assertThat(read.version()).isEqualTo(parsed.getModelVersion());
                    assertThat(read.id()).isEqualTo(parsed.getId());
                    assertThat(read.outputs())
                            .isEqualTo(parsed.getOutputsList().stream()
                                    .map(InferRequestedOutputTensor::getName)
                                    .toList());
                    assertThat(tensors).hasSize(parsed.getInputsCount());
                    for (int i = 0; i < tensors.size(); i++) {
                        InferInputTensor input = parsed.getInputs(i);
                        assertThat(tensors.get(i).name()).isEqualTo(input.getName());
                        assertThat(tensors.get(i).datatype().name()).isEqualTo(input.getDatatype());
                        assertThat(LongStream.of(tensors.get(i).shape().toArray())
                                        .boxed()
                                        .toList())
                                .isEqualTo(input.getShapeList());
                        if (parsed.getRawInputContentsCount() > 0) {
                            assertThat(bytes(tensors.get(i)))
                                    .isEqualTo(parsed.getRawInputContents(i).toByteArray());
                        } else {
                            assertThat(typed(tensors.get(i))).isEqualTo(input.getContents());
                        }
                    }
                })
                .doesNotThrowAnyException();
    }

    private static ModelInferRequest parse(byte[] message) throws InvalidProtocolBufferException {
        return ModelInferRequest.parser().parseFrom(message);
    }

    private static InferTensorContents typed(Tensor tensor) {
        return InferResponses.encode(prediction(Disclosure.OPAQUE, tensor), "", false)
                .getOutputs(0)
                .getContents();
    }

    private static ModelInferRequest request(
            DataType datatype, Consumer<InferTensorContents.Builder> contents, long... shape) {
        InferTensorContents.Builder builder = InferTensorContents.newBuilder();
        contents.accept(builder);
        return ModelInferRequest.newBuilder()
                .addInputs(InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype(datatype.name())
                        .addAllShape(LongStream.of(shape).boxed().toList())
                        .setContents(builder))
                .build();
    }

    private static byte[] withContents(DataType datatype, byte[] contents, long elements) throws IOException {
        byte[] input = written(out -> {
            out.writeString(InferInputTensor.NAME_FIELD_NUMBER, "x");
            out.writeString(InferInputTensor.DATATYPE_FIELD_NUMBER, datatype.name());
            out.writeInt64(InferInputTensor.SHAPE_FIELD_NUMBER, elements);
            out.writeByteArray(InferInputTensor.CONTENTS_FIELD_NUMBER, contents);
        });
        return written(out -> out.writeByteArray(ModelInferRequest.INPUTS_FIELD_NUMBER, input));
    }

    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    private static byte[] written(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writing.to(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static InferRequest read(byte[] message) {
        return InferRequestReader.read(message, LIMITS, TensorAllocator.UNPOOLED);
    }

    private static List<Tensor> decode(ModelInferRequest request) {
        return decode(request.toByteArray());
    }

    private static List<Tensor> decode(byte[] message) {
        return InferTensors.decode(read(message), TensorAllocator.UNPOOLED, LIMITS);
    }

    private static void refuses(ModelInferRequest request, FailureCode code, String field) {
        assertThatExceptionOfType(RequestRejected.class)
                .isThrownBy(() -> decode(request))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code))
                .satisfies(e -> assertThat(e.field()).isEqualTo(field));
    }

    private static byte[] bytes(Tensor tensor) {
        ByteBuffer buffer = RawTensors.write(tensor);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
