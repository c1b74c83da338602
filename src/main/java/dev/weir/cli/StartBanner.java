package dev.weir.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.deployment.Deployment;
import dev.weir.deployment.ServingState;
import dev.weir.inference.Tensor;
import dev.weir.inference.TensorJsonWriter;
import dev.weir.servable.GoldenSample;
import dev.weir.servable.Lane;
import dev.weir.telemetry.WeirVersion;
import io.quarkus.vertx.http.HttpServerStart;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Collection;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * Tells a person at a terminal where the server listens, what it serves, and how to ask it: with a command made from a
 * golden sample of what is really deployed.
 */
@ApplicationScoped
class StartBanner {

    private static final int MAX_ELEMENTS = 64;

    private final ServingState state;

    @Inject
    StartBanner(ServingState state) {
        this.state = state;
    }

    /** Speaks on standard error: standard output is for the log, one JSON object a line. */
    void onServer(@ObservesAsync HttpServerStart start) throws IOException {
        print(
                base(start.options().getHost(), port()),
                state.current().deployments().values(),
                System.err);
        Instant cachedAt = state.registryCachedAt();
        if (cachedAt != null) {
            System.err.println("The registry can't be read; this follows from its cache, as of " + cachedAt);
        }
    }

    static void print(String base, Collection<Deployment> deployments, PrintStream out) throws IOException {
        out.println("Weir " + WeirVersion.current() + " listens on " + base + " (HTTP and gRPC)");
        out.println(
                deployments.isEmpty()
                        ? "Serving nothing: there is no deployment file"
                        : "Serving: "
                                + deployments.stream()
                                        .map(d -> d.name() + (d.isReady() ? "" : " (not ready)"))
                                        .collect(Collectors.joining(", ")));
        for (Deployment deployment : deployments) {
            String body = sample(deployment);
            if (body != null) {
                out.println(
                        "Try it:\n  curl -s " + base + "/v2/models/" + deployment.name() + "/infer -d '" + body + "'");
                return;
            }
        }
    }

    /** Returns the address to call from this machine; one that stands for all addresses is none that can be called. */
    static String base(String host, int port) {
        String reachable =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::", "0:0:0:0:0:0:0:0" -> "::1";
                    default -> host;
                };
        return "http://" + (reachable.contains(":") ? "[" + reachable + "]" : reachable) + ":" + port;
    }

    /** Returns the port that is bound, even when the configured one was 0 and the system chose. */
    static int port() {
        return ConfigProvider.getConfig().getValue("quarkus.http.port", Integer.class);
    }

    /** Returns a small request this deployment answers, or null when its samples are large or hold a quote. */
    private static @Nullable String sample(Deployment deployment) throws IOException {
        Lane lane = deployment.primaryLane();
        if (lane == null) {
            return null;
        }
        for (GoldenSample sample : lane.servable().artifact().manifest().golden()) {
            long elements = sample.inputs().stream()
                    .mapToLong(input -> input.shape().elements())
                    .sum();
            String body = elements > MAX_ELEMENTS ? "'" : body(sample);
            if (!body.contains("'")) {
                return body;
            }
        }
        return null;
    }

    private static String body(GoldenSample sample) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("inputs");
            for (Tensor input : sample.inputs()) {
                json.writeStartObject();
                json.writeStringField("name", input.name());
                json.writeStringField("datatype", input.datatype().name());
                json.writeFieldName("shape");
                long[] shape = input.shape().toArray();
                json.writeArray(shape, 0, shape.length);
                json.writeFieldName("data");
                TensorJsonWriter.writeFlat(json, input);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString();
    }
}
