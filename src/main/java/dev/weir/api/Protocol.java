package dev.weir.api;

import java.util.Locale;

/** How a request came in. */
public enum Protocol {
    /** Open Inference Protocol v2 over HTTP. */
    V2,
    /** Open Inference Protocol v2 over gRPC. */
    GRPC,
    /** v1 predict. */
    V1,
    /** Invocations. */
    INVOCATIONS,
    /** Questions about server and models, by whatever protocol; no predictions. */
    METADATA;

    /** Returns the word used in metrics. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
