package dev.weir.deployment;

import dev.weir.routing.TrafficSplit;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * A deployment as its file says.
 *
 * @param name what callers call
 * @param description what it is, for people
 * @param split which versions answer
 * @param required whether the server is unready without it
 * @param timeout how long a request may take
 * @param concurrency native calls at a time per variant; empty means as many as there are compute threads
 * @param queue attempts that may wait per variant
 * @param disclosure how much callers learn
 */
public record DeploymentSpec(
        String name,
        String description,
        TrafficSplit split,
        boolean required,
        Duration timeout,
        OptionalInt concurrency,
        int queue,
        Disclosure disclosure) {}
