package dev.weir.api.audit;

import io.netty.channel.ChannelFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.StreamingOutput;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lets answers that fail on their way break off: over HTTP/1.1 the connection, over HTTP/2 the stream. The platform would end them properly, and their reader would take them for
 * all that there is.
 */
final class BrokenOff {

    private static final int CLOSE_SECONDS = 5;

    /** What a reset stream says in HTTP/2 (RFC 9113, section 7). */
    private static final long INTERNAL_ERROR = 2;

    private BrokenOff() {}

    /** Returns the same answer, which has no end when it fails after its head left. */
    static StreamingOutput orWhole(StreamingOutput answer, RoutingContext routing) {
        return out -> {
            boolean whole = false;
            try {
                answer.write(out);
                whole = true;
            } finally {
                if (!whole && routing.response().headWritten()) {
                    breakOff(routing);
                }
            }
        };
    }

    private static void breakOff(RoutingContext routing) {
        if (routing.request().version() == HttpVersion.HTTP_2) {
            // With a reason: some clients take a reset without one for the end.
            routing.response().reset(INTERNAL_ERROR);
            return;
        }
        try {
            // Waited for, because what the platform writes next is the end.
            routing.request()
                    .connection()
                    .close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            // A connection that can't be closed can't be written to either.
        } catch (TimeoutException e) {
            cut(routing);
        }
    }

    /** Closes a connection although its reader has not taken what was written so far, which closing it else waits for. */
    static void cut(RoutingContext routing) {
        HttpConnection connection = routing.request().connection();
        if (!(connection instanceof ConnectionBase base)) {
            throw new IllegalStateException("connections have another form than expected");
        }
        ChannelFuture _ = base.channel().close(); // nobody is told, but who waits to write to it
    }
}
