package dev.weir.api.grpc;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Collects the one message of a unary call on the event loop, within its size, its time and the byte budget. Bytes are
 * reserved as they arrive, not as they are announced, so that a caller who announces much and sends little keeps nobody
 * else out.
 */
final class MessageCollector {

    private static final int PREFIX_BYTES = 5;
    private static final int FIRST_BYTES = 32 << 10;
    private static final byte[] NOTHING = {};
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final GrpcCall call;
    private final long limit;
    private final Consumer<byte[]> whole;
    private long timer = NO_TIMER;
    private final byte[] prefix = new byte[PREFIX_BYTES];
    private int prefixed;
    private int size;
    private byte[] message = NOTHING;
    private int length;
    private boolean over;

    private MessageCollector(Vertx vertx, GrpcCall call, long limit, Consumer<byte[]> whole) {
        this.vertx = vertx;
        this.call = call;
        this.limit = limit;
        this.whole = whole;
    }

    /**
     * Starts to collect.
     *
     * @param messageMillis how long the message may take to arrive
     * @param millisLeft how long the caller waits for an answer from the moment it is asked
     * @param whole gets the message on the event loop; what it throws refuses the call
     */
    static void collect(
            Vertx vertx,
            GrpcCall call,
            long limit,
            long messageMillis,
            LongSupplier millisLeft,
            Consumer<byte[]> whole) {
        MessageCollector collector = new MessageCollector(vertx, call, limit, whole);
        call.working(collector::stop);
        call.request().handler(collector::add);
        call.request().endHandler(v -> collector.end());
        call.request().exceptionHandler(lost -> call.leave());
        // Most messages come along with their headers and need no timer.
        call.context().runOnContext(v -> collector.arm(messageMillis, millisLeft));
    }

    private void arm(long messageMillis, LongSupplier millisLeft) {
        if (over) {
            return;
        }
        long left = Math.max(1, millisLeft.getAsLong());
        timer = left <= messageMillis
                ? vertx.setTimer(left, id -> call.expire())
                : vertx.setTimer(
                        messageMillis,
                        id -> refuse(new RequestRejected(
                                FailureCode.BODY_TIMEOUT,
                                "the message did not arrive in the time the server grants it",
                                "message")));
    }

    private void add(Buffer chunk) {
        if (over) {
            return;
        }
        try {
            int from = readPrefix(chunk);
            int left = chunk.length() - from;
            if (left > size - length) {
                throw new RequestRejected(
                        FailureCode.MALFORMED_BODY, "a unary call carries one message and nothing after it");
            }
            if (left > 0) {
                makeRoom(length + left);
                chunk.getBytes(from, chunk.length(), message, length);
                length += left;
            }
        } catch (Throwable e) {
            refuse(e);
        }
    }

    /** Reads what a chunk holds of the prefix, and returns where the rest begins. */
    private int readPrefix(Buffer chunk) {
        int from = 0;
        while (prefixed < PREFIX_BYTES && from < chunk.length()) {
            prefix[prefixed++] = chunk.getByte(from++);
            if (prefixed == PREFIX_BYTES) {
                size = size(limit);
            }
        }
        return from;
    }

    private int size(long limit) {
        if (prefix[0] == 1) {
            throw new RequestRejected(FailureCode.UNSUPPORTED_MEDIA_TYPE, "messages must not be compressed");
        }
        if (prefix[0] != 0) {
            throw new RequestRejected(FailureCode.MALFORMED_BODY, "a message begins with a byte of 0");
        }
        long announced = Integer.toUnsignedLong(
                (prefix[1] & 0xFF) << 24 | (prefix[2] & 0xFF) << 16 | (prefix[3] & 0xFF) << 8 | (prefix[4] & 0xFF));
        if (announced > limit) {
            throw new RequestRejected(
                    FailureCode.BODY_TOO_LARGE, "the message may have at most " + limit + " bytes", "message", limit);
        }
        return (int) announced;
    }

    private void makeRoom(int needed) {
        if (needed > message.length) {
            int room = (int) Math.min(size, Math.max(needed, Math.max(FIRST_BYTES, 2L * message.length)));
            call.memory().reserve(room - message.length);
            message = Arrays.copyOf(message, room);
        }
    }

    private void end() {
        if (over) {
            return;
        }
        if (prefixed < PREFIX_BYTES || length < size) {
            refuse(new RequestRejected(FailureCode.MALFORMED_BODY, "the call ends before its message does"));
            return;
        }
        byte[] complete = message;
        finish();
        try {
            whole.accept(complete);
        } catch (Throwable e) {
            call.refuse(e);
        }
    }

    private void refuse(Throwable why) {
        finish();
        call.refuse(why);
    }

    /** Gives up, unless the message is complete and others look after it. */
    private void stop() {
        if (!over) {
            finish();
            call.memory().close();
        }
    }

    private void finish() {
        over = true;
        message = NOTHING;
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
        }
    }
}
