package dev.weir.api.audit;

import jakarta.ws.rs.core.StreamingOutput;

/**
 * An answer that is written as it is made. A type of its own, because the platform would hand any other to its writer of JSON.
 *
 * @param body writes it
 */
public record Streamed(StreamingOutput body) {}
