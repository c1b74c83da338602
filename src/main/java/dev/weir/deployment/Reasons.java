package dev.weir.deployment;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;

/** What operators say of why they do something; it ends up in histories and logs. */
final class Reasons {

    private static final int MAX_LENGTH = 500;

    private Reasons() {}

    /**
     * Checks a reason.
     *
     * @throws RequestRejected when there is none, or it is no line of up to 500 characters
     */
    static void require(String reason) {
        if (reason.isBlank()) {
            throw new RequestRejected(FailureCode.MISSING_FIELD, "say why", "reason");
        }
        if (reason.length() > MAX_LENGTH) {
            throw new RequestRejected(
                    FailureCode.LIMIT_EXCEEDED, "a reason has at most " + MAX_LENGTH + " characters", "reason", (long)
                            MAX_LENGTH);
        }
        if (reason.chars().anyMatch(Character::isISOControl)) {
            throw new RequestRejected(
                    FailureCode.INVALID_FIELD, "a reason is one line without control characters", "reason");
        }
    }
}
