package dev.weir.api.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.weir.api.ModelViews;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import inference.wire.ModelConfigRequest;
import inference.wire.ModelMetadataRequest;
import inference.wire.ModelReadyRequest;
import inference.wire.ModelReadyResponse;
import inference.wire.ModelStatisticsRequest;
import inference.wire.ServerLiveResponse;
import inference.wire.ServerReadyResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls that ask about server and models. They are answered at once, on the event loop. */
@Singleton
class ModelCalls {

    private static final String SERVICE = "inference.GRPCInferenceService";

    private final ModelViews views;
    private final Map<String, Method> methods = Map.of(
            "/" + SERVICE + "/ServerLive",
            this::serverLive,
            "/" + SERVICE + "/ServerReady",
            this::serverReady,
            "/" + SERVICE + "/ServerMetadata",
            this::serverMetadata,
            "/" + SERVICE + "/ModelReady",
            this::modelReady,
            "/" + SERVICE + "/ModelMetadata",
            this::modelMetadata,
            "/" + SERVICE + "/ModelConfig",
            this::modelConfig,
            "/" + SERVICE + "/ModelStatistics",
            this::modelStatistics,
            "/grpc.health.v1.Health/Check",
            this::healthCheck);

    @Inject
    ModelCalls(ModelViews views) {
        this.views = views;
    }

    /** Answers one message with another. */
    @FunctionalInterface
    interface Method {

        /**
         * Answers.
         *
         * @throws InvalidProtocolBufferException when the message is broken
         * @throws dev.weir.failure.WeirException when it is refused
         */
        MessageLite answer(byte[] message) throws InvalidProtocolBufferException;
    }

    /** Returns the call at a path, or null. */
    @Nullable
    Method method(String path) {
        return methods.get(path);
    }

    private MessageLite serverLive(byte[] nothing) {
        return ServerLiveResponse.newBuilder().setLive(true).build();
    }

    private MessageLite serverReady(byte[] nothing) {
        return ServerReadyResponse.newBuilder().setReady(views.isServerReady()).build();
    }

    private MessageLite serverMetadata(byte[] nothing) {
        return ModelMessages.server(views.server());
    }

    private MessageLite modelReady(byte[] message) throws InvalidProtocolBufferException {
        ModelReadyRequest request = ModelReadyRequest.parseFrom(message);
        boolean ready = views.isModelReady(request.getName(), orNull(request.getVersion()));
        return ModelReadyResponse.newBuilder().setReady(ready).build();
    }

    private MessageLite modelMetadata(byte[] message) throws InvalidProtocolBufferException {
        ModelMetadataRequest request = ModelMetadataRequest.parseFrom(message);
        return ModelMessages.model(views.model(request.getName(), orNull(request.getVersion())));
    }

    private MessageLite modelConfig(byte[] message) throws InvalidProtocolBufferException {
        ModelConfigRequest request = ModelConfigRequest.parseFrom(message);
        return ModelMessages.config(views.config(request.getName(), orNull(request.getVersion())));
    }

    private MessageLite modelStatistics(byte[] message) throws InvalidProtocolBufferException {
        ModelStatisticsRequest request = ModelStatisticsRequest.parseFrom(message);
        return ModelMessages.statistics(views.statistics(orNull(request.getName()), orNull(request.getVersion())));
    }

    /** gRPC's own health protocol: the server as a whole, or a deployment under its name. */
    private MessageLite healthCheck(byte[] message) throws InvalidProtocolBufferException {
        String service = HealthCheckRequest.parseFrom(message).getService();
        boolean whole = service.isEmpty() || service.equals(SERVICE);
        boolean ready = whole ? views.isServerReady() : views.isModelReady(service, null);
        return HealthCheckResponse.newBuilder()
                .setStatus(ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
                .build();
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
