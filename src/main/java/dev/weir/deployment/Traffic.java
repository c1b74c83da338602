package dev.weir.deployment;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a deployment's requests find their variants, beside the variants' shares.
 *
 * @param sticky what decides
 * @param salt tells the deployment's experiment from others; keys fall differently with another one
 * @param reserve how much of a request's time is kept for the primary when another variant is tried first; null for a quarter
 *     of what is left
 */
public record Traffic(
        Stickiness sticky, String salt, @Nullable Duration reserve) {

    /** Returns what goes for a deployment that says nothing of it. */
    public static Traffic of(String deployment) {
        return new Traffic(new Stickiness.ByRequest(), deployment, null);
    }
}
