package dev.weir.api.grpc;

import java.net.URI;

/** Predictions over gRPC, for tests of what becomes of them. */
public final class RecordedCall {

    private RecordedCall() {}

    /** Asks for a prediction, with this metadata, and returns its id. */
    public static String predictIris(URI server, String... metadata) {
        try (GrpcClient client = new GrpcClient(server)) {
            return client.infer(GrpcClient.iris(GrpcClient.SETOSA), metadata).header("weir-prediction-id");
        }
    }
}
