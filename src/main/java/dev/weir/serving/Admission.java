package dev.weir.serving;

import dev.weir.deployment.Deployment;
import dev.weir.inference.Caller;
import dev.weir.inference.ModelSignature;
import org.jspecify.annotations.Nullable;

/**
 * What was decided for a request before its body is read.
 *
 * @param deployment the deployment as it was then; routing looks it up again
 * @param promise the signature to decode against
 * @param version the version the caller asked for, or null
 * @param caller who calls
 * @param deadlineNanos the monotonic time after which the answer is worthless
 */
public record Admission(
        Deployment deployment,
        ModelSignature promise,
        @Nullable String version,
        Caller caller,
        long deadlineNanos) {

    /** Returns this admission with another deadline. */
    Admission until(long nanos) {
        return new Admission(deployment, promise, version, caller, nanos);
    }
}
