package dev.weir.api.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.weir.access.Authenticator;
import dev.weir.api.ApiConfig;
import dev.weir.api.DecodeQueue;
import dev.weir.api.Protocol;
import dev.weir.api.RequestMeters;
import dev.weir.api.RequestScope;
import dev.weir.api.http.Headers;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.Caller;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.Ticker;
import dev.weir.serving.Predictions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Consumer;

/** Takes every gRPC call off the router, and answers it: begin, identify, collect, dispatch by path. */
@Singleton
class GrpcRoute {

    /** Ahead of the other protocols: what is gRPC is told by its content type, whatever its path. */
    private static final int ORDER = -2000;

    /** The largest message of a call that asks no prediction; such messages hold two names at most. */
    private static final int NAMES_BYTES = 64 << 10;

    private final Vertx vertx;
    private final DecodeQueue aside;
    private final Authenticator authenticator;
    private final RequestMeters meters;
    private final ByteBudget budget;
    private final Ticker ticker;
    private final InferCall infer;
    private final ModelCalls models;
    private final RepositoryCalls repository;
    private final long maxBody;
    private final long bodyTimeoutMillis;

    @Inject
    GrpcRoute(
            Vertx vertx,
            DecodeQueue aside,
            Authenticator authenticator,
            RequestMeters meters,
            ByteBudget budget,
            Ticker ticker,
            InferCall infer,
            ModelCalls models,
            RepositoryCalls repository,
            ApiConfig limits) {
        this.vertx = vertx;
        this.aside = aside;
        this.authenticator = authenticator;
        this.meters = meters;
        this.budget = budget;
        this.ticker = ticker;
        this.infer = infer;
        this.models = models;
        this.repository = repository;
        this.maxBody = Math.min(limits.maxBody().asLongValue(), Integer.MAX_VALUE - 8);
        this.bodyTimeoutMillis = limits.bodyTimeout().toMillis();
    }

    void register(@Observes Router router) {
        router.route().order(ORDER).handler(context -> {
            if (GrpcHeaders.isGrpc(context.request())) {
                handle(context.request());
            } else {
                context.next();
            }
        });
    }

    private void handle(HttpServerRequest request) {
        boolean inference = InferCall.PATH.equals(request.path());
        long begun = ticker.nanos();
        RequestScope scope =
                meters.begin(inference ? Protocol.GRPC : Protocol.METADATA, request.getHeader(Headers.TRACEPARENT));
        GrpcCall call = new GrpcCall(request, vertx.getOrCreateContext(), scope, new RequestMemory(budget));
        try {
            scope.identify(request.getHeader(Headers.REQUEST_ID), Headers.REQUEST_ID.toString());
            GrpcHeaders.requireProto(request);
            Caller caller = authenticator.authenticate(request.getHeader(HttpHeaders.AUTHORIZATION));
            call.watch();
            if (inference) {
                long deadline = infer.deadlineNanos(request, begun);
                MessageCollector.collect(
                        vertx,
                        call,
                        maxBody,
                        bodyTimeoutMillis,
                        () -> millisUntil(deadline),
                        message -> predict(call, caller, message, begun, deadline));
            } else {
                MessageCollector.collect(
                        vertx,
                        call,
                        Math.min(NAMES_BYTES, maxBody),
                        bodyTimeoutMillis,
                        () -> bodyTimeoutMillis + 1,
                        answer(call, caller));
            }
        } catch (Throwable e) {
            call.refuse(e);
        }
    }

    private void predict(GrpcCall call, Caller caller, byte[] message, long begun, long deadline) {
        if (DecodeQueue.isFor(message.length)) {
            aside.submit(call, millisUntil(deadline), () -> infer.run(call, caller, message, begun));
        } else {
            infer.run(call, caller, message, begun);
        }
    }

    private long millisUntil(long deadlineNanos) {
        return Predictions.millis(deadlineNanos - ticker.nanos());
    }

    /** Returns what answers a question; an unknown path is refused before its message is read. */
    private Consumer<byte[]> answer(GrpcCall call, Caller caller) {
        String path = String.valueOf(call.request().path());
        ModelCalls.Method method = models.method(path);
        if (method != null) {
            return message -> {
                call.memory().close();
                call.succeed(parsed(() -> method.answer(message)), headers -> {});
            };
        }
        RepositoryCalls.Method slow = repository.method(path);
        if (slow == null) {
            throw new RequestRejected(FailureCode.NOT_FOUND, "the server has no such call");
        }
        return message -> {
            call.memory().close();
            vertx.executeBlocking(() -> parsed(() -> slow.answer(caller, message)), false)
                    .onSuccess(answer -> call.succeed(answer, headers -> {}))
                    .onFailure(call::refuse);
        };
    }

    private static MessageLite parsed(Answerer answerer) {
        try {
            return answerer.answer();
        } catch (InvalidProtocolBufferException e) {
            throw InferRequestReader.broken();
        }
    }

    private interface Answerer {
        MessageLite answer() throws InvalidProtocolBufferException;
    }
}
