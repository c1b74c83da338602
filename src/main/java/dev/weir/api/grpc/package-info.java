/**
 * The Open Inference Protocol v2 over gRPC, on the port that serves HTTP.
 *
 * <p>gRPC's framing of unary calls is done here, on the same router as every other protocol, and the generated messages
 * are used without the generated service base. The bridge between the two that the platform offers was weighed and left:
 * it inflates messages without a bound and buffers them outside the byte budget, it does not tell a service that its
 * caller went away once the request is complete, it knows no {@code grpc-timeout}, and what it refuses itself, such as an
 * oversized or broken message, goes without a code.
 *
 * <p>Invariants: a message is reserved from the byte budget as it arrives; an inference request is read from the wire
 * straight into tensors, so nothing a caller sends grows in memory on the way; every answer and every refusal carries the
 * request's id.
 *
 * <p>To add a call: describe it in {@code open_inference_grpc.proto} and give it a line in
 * {@link dev.weir.api.grpc.GrpcRoute}.
 */
@NullMarked
package dev.weir.api.grpc;

import org.jspecify.annotations.NullMarked;
