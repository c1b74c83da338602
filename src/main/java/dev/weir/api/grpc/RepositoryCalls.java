package dev.weir.api.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.weir.api.ModelRepository;
import dev.weir.inference.Caller;
import inference.wire.RepositoryIndexRequest;
import inference.wire.RepositoryIndexResponse;
import inference.wire.RepositoryModelLoadRequest;
import inference.wire.RepositoryModelLoadResponse;
import inference.wire.RepositoryModelUnloadRequest;
import inference.wire.RepositoryModelUnloadResponse;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls of the model repository extension. They may block. */
@Singleton
class RepositoryCalls {

    private static final String SERVICE = "/inference.GRPCInferenceService/";
    private static final String PARAMETERS = "parameters";

    private final ModelRepository repository;
    private final Map<String, Method> methods = Map.of(
            SERVICE + "RepositoryIndex", this::index,
            SERVICE + "RepositoryModelLoad", this::load,
            SERVICE + "RepositoryModelUnload", this::unload);

    @Inject
    RepositoryCalls(ModelRepository repository) {
        this.repository = repository;
    }

    /** Answers one message of a caller with another. */
    @FunctionalInterface
    interface Method {

        /**
         * Answers; blocks.
         *
         * @throws InvalidProtocolBufferException when the message is broken
         * @throws dev.weir.failure.WeirException when it is refused
         */
        MessageLite answer(Caller caller, byte[] message) throws InvalidProtocolBufferException;
    }

    /** Returns the call at a path, or null. */
    @Nullable
    Method method(String path) {
        return methods.get(path);
    }

    private MessageLite index(Caller caller, byte[] message) throws InvalidProtocolBufferException {
        RepositoryIndexRequest request = RepositoryIndexRequest.parseFrom(message);
        ModelRepository.requireOnlyRepository(request.getRepositoryName());
        RepositoryIndexResponse.Builder response = RepositoryIndexResponse.newBuilder();
        repository.index(caller, request.getReady()).forEach(entry -> response.addModels(model(entry)));
        Instant cachedAt = repository.cachedAt();
        if (cachedAt != null) {
            response.setRegistryCachedAt(cachedAt.toString());
        }
        return response.build();
    }

    private static RepositoryIndexResponse.ModelIndex model(ModelRepository.Entry entry) {
        RepositoryIndexResponse.ModelIndex.Builder model = RepositoryIndexResponse.ModelIndex.newBuilder()
                .setName(entry.name())
                .setVersion(entry.version())
                .setState(entry.state())
                .setReason(entry.reason());
        if (entry.digest() != null) {
            model.setDigest(entry.digest());
        }
        if (entry.loadMillis() != null) {
            model.setLoadMillis(entry.loadMillis());
        }
        return model.build();
    }

    private MessageLite load(Caller caller, byte[] message) throws InvalidProtocolBufferException {
        RepositoryModelLoadRequest request = RepositoryModelLoadRequest.parseFrom(message);
        ModelRepository.requireOnlyRepository(request.getRepositoryName());
        ModelRepository.requireParameters(request.getParametersMap(), PARAMETERS);
        repository.load(caller, request.getModelName());
        return RepositoryModelLoadResponse.getDefaultInstance();
    }

    private MessageLite unload(Caller caller, byte[] message) throws InvalidProtocolBufferException {
        RepositoryModelUnloadRequest request = RepositoryModelUnloadRequest.parseFrom(message);
        ModelRepository.requireOnlyRepository(request.getRepositoryName());
        ModelRepository.requireParameters(request.getParametersMap(), PARAMETERS);
        repository.unload(caller, request.getModelName());
        return RepositoryModelUnloadResponse.getDefaultInstance();
    }
}
