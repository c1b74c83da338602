package dev.weir.predictionlog.subject;

import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import dev.weir.keyring.KeyringConfig;
import dev.weir.store.Sweep;
import dev.weir.telemetry.Log;
import dev.weir.telemetry.LogKey;
import dev.weir.telemetry.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Closes data keys anew when there is a newer master key, some at a time, on a thread of its own, and says when older master
 * keys are needed no more. What ends in the middle is taken up at the next start: every key is closed with one of the two.
 */
@Singleton
@Startup
public class MasterRotation implements AutoCloseable {

    /** Keys in one write; whoever needs a key waits for it. */
    private static final int AT_ONCE = 200;

    private static final Log LOG = Log.of(MasterRotation.class);

    private final SubjectKeys keys;
    private final Keyring keyring;
    private final int atOnce;
    private final Sweep sweep;
    private volatile boolean stopped;
    private volatile long left;

    /** How many keys could not be closed anew when that was told. Guarded by this, as is the next. */
    private long told;

    /** The newest master key when it was told that no other is needed. */
    private int done;

    /** Looks as often as the keyring looks for new keys. */
    @Inject
    public MasterRotation(SubjectKeys keys, Keyring keyring, KeyringConfig config, MeterRegistry meters) {
        this(keys, keyring, config.poll(), AT_ONCE, meters);
    }

    MasterRotation(SubjectKeys keys, Keyring keyring, Duration every, int atOnce, MeterRegistry meters) {
        this.keys = keys;
        this.keyring = keyring;
        this.atOnce = atOnce;
        Meters.SUBJECT_KEYS_OLD.gauge(meters, this, each -> each.left);
        this.sweep = new Sweep("weir-subject-keys", every, this::run);
    }

    /** Closes all anew that can be, and tells once how that went. */
    final synchronized void run() {
        left = keys.outdated();
        long before = left;
        if (left > 0 && !closeAnew()) {
            return;
        }
        left = keys.outdated();
        int newest = keyring.version(KeyKind.MASTER);
        if (left > 0 && left != told) {
            LOG.error("keys of subjects can't be closed with the newest master key; keep the older ones")
                    .with(LogKey.COUNT, left)
                    .write();
            told = left;
        } else if (left == 0 && newest != done) {
            if (before > 0 || keyring.hasOlderMasters()) {
                // Also when nothing was done: an earlier process may have ended before it came here.
                keys.cutLog();
                LOG.info("this server needs no master key but the newest; older ones can be removed")
                        .with(LogKey.COUNT, before)
                        .write();
            }
            told = 0;
            done = newest;
        }
    }

    /** Goes through all keys; false when it was stopped. */
    private boolean closeAnew() {
        SubjectKeys.Closed batch = SubjectKeys.Closed.NONE;
        do {
            batch = keys.closeAnew(batch.lastId(), atOnce);
            left = Math.max(0, left - batch.count());
        } while (!batch.isLast() && !stopped);
        return !stopped;
    }

    /** Returns how many keys were closed with an older master key when that was looked at last. */
    long left() {
        return left;
    }

    void onStop(@Observes @Priority(50) ShutdownEvent event) {
        close();
    }

    /** Does nothing more; waits for the write that goes on. */
    @PreDestroy
    @Override
    public void close() {
        stopped = true;
        sweep.close();
    }
}
