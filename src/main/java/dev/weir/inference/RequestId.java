package dev.weir.inference;

/**
 * The caller's id of a request; it joins every attempt, log line and answer of that request.
 *
 * @param value an id as {@link Names#requireId} accepts
 */
public record RequestId(String value) {

    /**
     * Checks the id.
     *
     * @throws dev.weir.failure.RequestRejected when it holds what an id may not hold
     */
    public RequestId {
        Names.requireId(value, "X-Request-Id");
    }

    @Override
    public String toString() {
        return value;
    }
}
