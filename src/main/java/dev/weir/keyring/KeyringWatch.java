package dev.weir.keyring;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Looks for new keys now and then, on a thread of its own. */
@ApplicationScoped
class KeyringWatch {

    private final Keyring keyring;
    private final Duration every;
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Inject
    KeyringWatch(Keyring keyring, KeyringConfig config) {
        this.keyring = keyring;
        this.every = config.poll();
    }

    void onStart(@Observes @Priority(200) StartupEvent event) {
        Thread.ofPlatform().name("weir-keyring").daemon().start(this::watch);
    }

    void onStop(@Observes @Priority(50) ShutdownEvent event) {
        stopped.countDown();
    }

    private void watch() {
        try {
            while (!stopped.await(every.toNanos(), TimeUnit.NANOSECONDS)) {
                keyring.refresh();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
