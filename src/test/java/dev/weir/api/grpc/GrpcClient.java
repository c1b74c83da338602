package dev.weir.api.grpc;

import com.google.protobuf.ByteString;
import inference.wire.GRPCInferenceServiceGrpc;
import inference.wire.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.wire.InferTensorContents;
import inference.wire.ModelInferRequest;
import inference.wire.ModelInferRequest.InferInputTensor;
import inference.wire.ModelInferRequest.InferRequestedOutputTensor;
import inference.wire.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.assertj.core.api.Assertions;

/** A real client on a real connection, and requests that suit the example models. */
final class GrpcClient implements AutoCloseable {

    static final float[] SETOSA = {5.1f, 3.5f, 1.4f, 0.2f};
    static final float[] VIRGINICA = {6.3f, 3.3f, 6.0f, 2.5f};

    private final ManagedChannel channel;

    GrpcClient(URI server) {
        channel = ManagedChannelBuilder.forAddress(server.getHost(), server.getPort())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An answer with the metadata around it. */
    record Reply<T>(T message, Metadata headers) {
        String header(String name) {
            return headers.get(key(name));
        }
    }

    /** A refusal with the metadata it came in. */
    record Refusal(Status status, Metadata trailers) {
        String trailer(String name) {
            return trailers.get(key(name));
        }
    }

    static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    static Metadata metadata(String... namesAndValues) {
        Metadata metadata = new Metadata();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            metadata.put(key(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return metadata;
    }

    <T> Reply<T> call(Function<GRPCInferenceServiceBlockingStub, T> call, String... metadata) {
        AtomicReference<Metadata> headers = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        GRPCInferenceServiceBlockingStub stub = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .withInterceptors(
                        MetadataUtils.newAttachHeadersInterceptor(metadata(metadata)),
                        MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
        return new Reply<>(call.apply(stub), headers.get());
    }

    <T> Refusal refuse(Function<GRPCInferenceServiceBlockingStub, T> call, String... metadata) {
        StatusRuntimeException refusal =
                Assertions.catchThrowableOfType(StatusRuntimeException.class, () -> call(call, metadata));
        Assertions.assertThat(refusal).as("the call is refused").isNotNull();
        return new Refusal(refusal.getStatus(), refusal.getTrailers());
    }

    Reply<ModelInferResponse> infer(ModelInferRequest.Builder request, String... metadata) {
        return call(stub -> stub.modelInfer(request.build()), metadata);
    }

    Refusal refuseInfer(ModelInferRequest.Builder request, String... metadata) {
        return refuse(stub -> stub.modelInfer(request.build()), metadata);
    }

    /** A request of flowers with typed contents. */
    static ModelInferRequest.Builder iris(float[]... rows) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        for (float[] row : rows) {
            for (float value : row) {
                contents.addFp32Contents(value);
            }
        }
        return ModelInferRequest.newBuilder()
                .setModelName("iris")
                .addInputs(features(rows.length, 4).setContents(contents));
    }

    /** A request of flowers with raw contents. */
    static ModelInferRequest.Builder rawIris(float[]... rows) {
        return ModelInferRequest.newBuilder()
                .setModelName("iris")
                .addInputs(features(rows.length, 4))
                .addRawInputContents(raw(rows));
    }

    static InferInputTensor.Builder features(long rows, long columns) {
        return InferInputTensor.newBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(rows)
                .addShape(columns);
    }

    static InferRequestedOutputTensor.Builder output(String name) {
        return InferRequestedOutputTensor.newBuilder().setName(name);
    }

    static ByteString raw(float[]... rows) {
        int count = rows.length == 0 ? 0 : rows.length * rows[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                bytes.putFloat(value);
            }
        }
        return ByteString.copyFrom(bytes.flip());
    }

    /** A penguin with typed contents: text, reals and an integer. */
    static ModelInferRequest.Builder penguin() {
        return ModelInferRequest.newBuilder()
                .setModelName("penguins")
                .addInputs(penguinInput("island", "BYTES")
                        .setContents(InferTensorContents.newBuilder()
                                .addBytesContents(ByteString.copyFromUtf8("Torgersen"))))
                .addInputs(real("bill_length_mm", 39.1f))
                .addInputs(real("bill_depth_mm", 18.7f))
                .addInputs(real("flipper_length_mm", 181f))
                .addInputs(penguinInput("body_mass_g", "INT64")
                        .setContents(InferTensorContents.newBuilder().addInt64Contents(3750)))
                .addInputs(penguinInput("sex", "BYTES")
                        .setContents(
                                InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("male"))));
    }

    private static InferInputTensor.Builder real(String name, float value) {
        return penguinInput(name, "FP32")
                .setContents(InferTensorContents.newBuilder().addFp32Contents(value));
    }

    static InferInputTensor.Builder penguinInput(String name, String datatype) {
        return InferInputTensor.newBuilder()
                .setName(name)
                .setDatatype(datatype)
                .addShape(1)
                .addShape(1);
    }
}
