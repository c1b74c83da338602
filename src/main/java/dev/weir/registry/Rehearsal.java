package dev.weir.registry;

import dev.weir.failure.ArtifactRejected;
import dev.weir.failure.FailureCode;
import dev.weir.failure.Overloaded;
import dev.weir.failure.RequestRejected;
import dev.weir.failure.WeirException;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.VersionRef;
import dev.weir.servable.ArtifactFile;
import dev.weir.servable.Cancellation;
import dev.weir.servable.LoadGate;
import dev.weir.servable.ModelArtifact;
import dev.weir.servable.ModelDescriber;
import dev.weir.servable.ModelFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries what was handed over, for as long as a load may take. Each try has a thread of its own, because nothing can stop
 * a native call that hangs: such a thread is left behind, with the memory that is reserved for it, and does not keep the process alive.
 * Whoever lets registrations in counts those threads among them.
 */
final class Rehearsal {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private final LoadGate gate;
    private final ModelDescriber describer;
    private final Duration timeout;
    private final AtomicInteger leftBehind = new AtomicInteger();

    Rehearsal(LoadGate gate, ModelDescriber describer, Duration timeout) {
        this.gate = gate;
        this.describer = describer;
        this.timeout = timeout;
    }

    /**
     * Asks a model file what it takes and gives.
     *
     * @return its signature, or null when files of its format do not tell it
     * @throws RequestRejected when it is no model that can be loaded
     * @throws Overloaded when it can't be asked now
     */
    @Nullable
    ModelSignature describe(ModelFormat format, VersionRef ref, Path directory, List<ArtifactFile> files) {
        return bounded(() -> Optional.ofNullable(describer.ask(format, ref, directory, files)), new Cancellation())
                .orElse(null);
    }

    /** Returns how many tries were given up and have not ended; thread-safe. */
    int leftBehind() {
        return leftBehind.get();
    }

    /**
     * Takes a version through the load gate; nothing stays loaded.
     *
     * @throws RequestRejected with the reason why it could not serve
     */
    void run(ModelArtifact artifact) {
        Cancellation cancellation = new Cancellation();
        bounded(
                () -> {
                    gate.rehearse(artifact, cancellation);
                    return artifact;
                },
                cancellation);
    }

    private <T> T bounded(Supplier<T> work, Cancellation cancellation) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofPlatform().name("weir-register").daemon().start(() -> {
            try {
                done.complete(work.get());
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            leaveBehind(done, cancellation);
            throw refused(
                    new ArtifactRejected("the model was not loaded and checked within " + timeout.toSeconds() + " s"));
        } catch (InterruptedException e) {
            leaveBehind(done, cancellation);
            Thread.currentThread().interrupt();
            throw refused(new ArtifactRejected("the server was stopped before the model was checked"));
        } catch (ExecutionException e) {
            throw refused(
                    e.getCause() instanceof WeirException weir
                            ? weir
                            : new ArtifactRejected("the model can't be loaded", e.getCause()));
        }
    }

    private void leaveBehind(CompletableFuture<?> done, Cancellation cancellation) {
        leftBehind.incrementAndGet();
        CompletableFuture<?> _ = done.whenComplete((_, _) -> leftBehind.decrementAndGet());
        cancellation.cancel();
    }

    /** Returns what the caller can do about a refusal: mend the model or, if it is not to blame, come back. */
    static WeirException refused(WeirException why) {
        return switch (why) {
            case RequestRejected already -> already;
            case ArtifactRejected rejected
            when !rejected.isLasting() -> new Overloaded(FailureCode.QUEUE_FULL, rejected.publicMessage(), RETRY_AFTER);
            default -> new RequestRejected(FailureCode.MODEL_REFUSED, why.publicMessage(), "model");
        };
    }
}
