package dev.weir.api.audit;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.audit.AuditEvent;
import dev.weir.audit.AuditLog;
import dev.weir.audit.AuditQuery;
import dev.weir.fixture.Records;
import dev.weir.fixture.ServedLog;
import dev.weir.fixture.Tensors;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.PackedTensors;
import dev.weir.predictionlog.Payload;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers that ask for much and then take nothing: they may not keep others from reading. */
@QuarkusTest
@TestProfile(ImpatientServer.class)
class StalledReaderTest {

    private static final String ALL = "/api/v1/predictions";
    private static final String PAGE = ALL + "?limit=1000";

    /** Of {@link #fill}, more than every buffer between a server and its reader holds. */
    private static final int MANY = 1_000;

    @Inject
    ServedLog log;

    @Inject
    AuditLog audit;

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void fill() {
        log.reset();
        for (int i = 2; i < MANY; i++) {
            PackedTensors large = PackedTensors.pack(List.of(Tensors.strings("text", "x".repeat(20_000))));
            log.add(Records.draft(i)
                    .payload(new Payload(Capture.FULL, 1, true, false, false, large, null))
                    .build());
        }
    }

    private AuditEvent newest() {
        return audit.search(new AuditQuery(null, null, null, null, true), null, 1)
                .getFirst();
    }

    private void awaitBrokenOff() {
        await().untilAsserted(() -> assertThat(newest().ending()).isNotNull());
        assertThat(newest().ending().whole()).isFalse();
        // The reader still holds its connection, but nothing else.
        await().untilAsserted(() -> given().get(ALL + "?limit=1").then().statusCode(200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-ndjson", "application/json"})
    void shouldBreakOffWhatIsNotTaken(String form) throws IOException {
        try (Socket stalled = new Socket()) {
            stalled.setReceiveBufferSize(4_096);
            stalled.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            stalled.getOutputStream()
                    .write(("GET " + PAGE + " HTTP/1.1\r\nHost: x\r\nAccept: " + form + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] head = stalled.getInputStream().readNBytes(12);
            assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");

            awaitBrokenOff();
        }
    }

    @Test
    void shouldBreakOffAStreamThatIsNotTaken() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            CompletableFuture<Throwable> broken = new CompletableFuture<>();
            HttpClientResponse stalled = client.request(HttpMethod.GET, server.getPort(), server.getHost(), PAGE)
                    .compose(request -> request.putHeader("Accept", "application/x-ndjson")
                            .send()
                            .onSuccess(response -> {
                                response.exceptionHandler(broken::complete);
                                response.pause();
                            }))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);

            assertThat(stalled.statusCode()).isEqualTo(200);
            awaitBrokenOff();
            stalled.resume();
            assertThat(broken.get(30, TimeUnit.SECONDS)).isNotNull();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldWriteToTheEndForWhoTakesIt() {
        String lines = given().header("Accept", "application/x-ndjson")
                .get(PAGE)
                .then()
                .statusCode(200)
                .extract()
                .asString();

        assertThat(lines.lines()).hasSize(MANY - 1);
        await().untilAsserted(() -> assertThat(newest().ending()).isNotNull());
        assertThat(newest().ending().whole()).isTrue();
    }
}
