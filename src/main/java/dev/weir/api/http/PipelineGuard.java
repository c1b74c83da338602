package dev.weir.api.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.flow.FlowControlHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Bounds what one HTTP/1 connection may have under way. A caller may send requests without waiting for answers
 * (pipelining), and may leave answers unread; the platform would keep all of them. Here the connection is read no
 * further while too many requests have no answer, or answers are not taken, and is read on once that is over.
 *
 * <p>HTTP/2 needs none of this: its streams are counted and its windows bounded. Lives on the event loop; stands right
 * before the platform's handler, behind one that holds back what was read in the same go.
 */
final class PipelineGuard extends ChannelDuplexHandler {

    static final int MAX_UNANSWERED = 64;

    private static final String NAME = "weir-pipeline-guard";
    private static final String PLATFORM = "handler";

    /** The request that was on its way when the guard came is unanswered. */
    private int unanswered = 1;

    private boolean paused;

    private PipelineGuard() {}

    /** Puts a guard on a request's connection, unless it has one or needs none. Call on the event loop. */
    static void ensure(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            return;
        }
        HttpConnection connection = request.connection();
        if (!(connection instanceof ConnectionBase base)) {
            return;
        }
        ChannelPipeline pipeline = base.channel().pipeline();
        if (pipeline.get(NAME) == null && pipeline.get(PLATFORM) != null) {
            pipeline.addBefore(PLATFORM, NAME, new PipelineGuard());
            pipeline.addBefore(NAME, NAME + "-flow", new FlowControlHandler());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest) {
            unanswered++;
            review(context);
        }
        context.fireChannelRead(message);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // whoever writes holds the promise
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (paused) {
            // The platform flushes when reading pauses, which it does not learn of.
            context.writeAndFlush(message, promise);
        } else {
            context.write(message, promise);
        }
        if (message instanceof LastHttpContent && !isInformational(message)) {
            unanswered--;
            review(context);
        }
    }

    private static boolean isInformational(Object message) {
        return message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // whoever closes holds the promise
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        // The platform closes at once after a request whose framing is broken; its answer was written, but not flushed.
        context.flush();
        context.close(promise);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        review(context);
        context.fireChannelWritabilityChanged();
    }

    private void review(ChannelHandlerContext context) {
        if (paused == isFull(context)) {
            return;
        }
        if (!paused) {
            paused = true;
            context.channel().config().setAutoRead(false);
            context.executor().execute(context::flush);
        } else {
            // Not at once: this may be called by the platform in the middle of an answer.
            context.executor().execute(() -> resume(context));
        }
    }

    private void resume(ChannelHandlerContext context) {
        if (paused && !isFull(context)) {
            paused = false;
            context.channel().config().setAutoRead(true);
        }
    }

    private boolean isFull(ChannelHandlerContext context) {
        return unanswered >= MAX_UNANSWERED || !context.channel().isWritable();
    }
}
