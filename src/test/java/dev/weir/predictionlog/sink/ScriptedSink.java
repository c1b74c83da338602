package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.LogSink;
import dev.weir.predictionlog.Position;
import dev.weir.predictionlog.StoredEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A sink that does what a test says. Thread-safe. */
final class ScriptedSink implements LogSink {

    private final String name;
    private final boolean keepsPosition;
    private final List<StoredEntry> taken = new ArrayList<>();
    private final Set<Position> poison = new HashSet<>();
    private @Nullable IOException failure;
    private @Nullable RuntimeException fault;
    private @Nullable CountDownLatch hang;
    private @Nullable Position position = Position.START;
    private int opens;
    private int closes;
    private int writes;
    private boolean lastIdle;

    ScriptedSink(String name, boolean keepsPosition) {
        this.name = name;
        this.keepsPosition = keepsPosition;
    }

    synchronized List<StoredEntry> taken() {
        return List.copyOf(taken);
    }

    synchronized List<Position> positions() {
        return taken.stream().map(StoredEntry::position).toList();
    }

    synchronized void poison(StoredEntry entry) {
        poison.add(entry.position());
    }

    synchronized void fail(@Nullable IOException with) {
        failure = with;
    }

    synchronized void fault(@Nullable RuntimeException with) {
        fault = with;
    }

    /** Hangs in the next calls until the latch opens. */
    synchronized void hang(CountDownLatch until) {
        hang = until;
    }

    synchronized void position(Position there) {
        position = there;
    }

    synchronized int opens() {
        return opens;
    }

    synchronized int closes() {
        return closes;
    }

    synchronized int writes() {
        return writes;
    }

    synchronized boolean wasToldOfTheEnd() {
        return lastIdle;
    }

    private void obey() throws IOException {
        CountDownLatch latch;
        synchronized (this) {
            latch = hang;
        }
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        synchronized (this) {
            if (failure != null) {
                throw failure;
            }
            if (fault != null) {
                throw fault;
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable Position open(String replica) throws IOException {
        synchronized (this) {
            opens++;
        }
        obey();
        synchronized (this) {
            return keepsPosition ? position : null;
        }
    }

    @Override
    public Position write(List<StoredEntry> entries) throws IOException, Refused {
        synchronized (this) {
            writes++;
        }
        obey();
        synchronized (this) {
            for (StoredEntry entry : entries) {
                if (poison.contains(entry.position())) {
                    throw new Refused("it is poison", null);
                }
            }
            taken.addAll(entries);
            position = entries.getLast().position();
            return position;
        }
    }

    @Override
    public @Nullable Position idle(boolean last) throws IOException {
        synchronized (this) {
            lastIdle |= last;
        }
        obey();
        return null;
    }

    @Override
    public synchronized void close() {
        closes++;
    }
}
