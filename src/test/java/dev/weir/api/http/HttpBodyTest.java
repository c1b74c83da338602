package dev.weir.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.TightServer;
import dev.weir.inference.ByteBudget;
import io.netty.buffer.PooledByteBufAllocator;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How bodies arrive: whole, in pieces, slowly, too large, or never; over real sockets. */
@QuarkusTest
@TestProfile(TightServer.class)
class HttpBodyTest {

    private static final int MAX_BODY = TightServer.MAX_BODY;
    private static final String ROW =
            "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[5.1,3.5,1.4,0.2]}]}";

    @Inject
    ByteBudget budget;

    @TestHTTPResource
    URI server;

    @AfterEach
    void givesAllMemoryBack() {
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static String head(String more) {
        return "POST /v2/models/iris/infer HTTP/1.1\r\nHost: weir\r\n" + more + "\r\n";
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Reads one answer whole: its head, and as much body as it announces. */
    private static String receive(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder text = new StringBuilder();
        int expected = Integer.MAX_VALUE;
        for (int b = in.read(); b >= 0; b = in.read()) {
            text.append((char) b);
            if (expected == Integer.MAX_VALUE && text.toString().endsWith("\r\n\r\n")) {
                String announced = text.toString().replaceAll("(?is).*content-length: (\\d+).*", "$1");
                expected = text.length() + Integer.parseInt(announced);
            }
            if (text.length() == expected) {
                break;
            }
        }
        return text.toString();
    }

    @Test
    void takesABodyInManyPieces() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Transfer-Encoding: chunked\r\n"));
            for (int i = 0; i < ROW.length(); i++) {
                send(socket, "1\r\n" + ROW.charAt(i) + "\r\n");
            }
            send(socket, "0\r\n\r\n");
            assertThat(receive(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void takesALargeBodyWholeOnAComputeThread() {
        String padded = ROW.substring(0, ROW.length() - 1) + ",\"padding\":\"" + "x".repeat(40_000) + "\"}";
        given().body(padded).post("/v2/models/iris/infer").then().statusCode(200);
    }

    @Test
    void refusesALargeBodyThatIsBrokenOnAComputeThread() {
        given().body("x".repeat(40_000)).post("/v2/models/iris/infer").then().statusCode(400);
    }

    @Test
    void answersExpectContinue() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: " + ROW.length() + "\r\nExpect: 100-continue\r\n"));
            byte[] go = socket.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
            assertThat(new String(go, StandardCharsets.UTF_8)).startsWith("HTTP/1.1 100");
            send(socket, ROW);
            assertThat(receive(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void refusesAnAnnouncedBodyBeforeItArrives() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: " + (MAX_BODY + 1) + "\r\n"));
            String answer = receive(socket);
            assertThat(answer).startsWith("HTTP/1.1 413").contains("BODY_TOO_LARGE", "\"limit\":65536");
            assertThat(socket.getInputStream().read())
                    .as("connection is closed")
                    .isNegative();
        }
    }

    @Test
    void refusesAChunkedBodyOnceItIsTooLarge() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Transfer-Encoding: chunked\r\n"));
            String piece = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
            for (int i = 0; i < 5; i++) {
                send(socket, piece);
            }
            assertThat(receive(socket)).startsWith("HTTP/1.1 413").contains("BODY_TOO_LARGE");
        }
    }

    @Test
    void refusesABodyThatStalls() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 100\r\n") + "{\"inputs\"");
            assertThat(receive(socket)).startsWith("HTTP/1.1 408").contains("BODY_TIMEOUT");
            assertThat(socket.getInputStream().read())
                    .as("connection is closed")
                    .isNegative();
        }
    }

    @Test
    void refusesABodyThatNeverStarts() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 100\r\n"));
            assertThat(receive(socket)).startsWith("HTTP/1.1 408").contains("BODY_TIMEOUT");
        }
    }

    @Test
    void answersACallerWhoSendsAllOfABodyThatIsTooLargeBeforeItReads() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 8000000\r\n"));
            for (int i = 0; i < 80; i++) {
                send(socket, "x".repeat(100_000));
            }
            assertThat(receive(socket)).startsWith("HTTP/1.1 413").containsIgnoringCase("connection: close");
        }
    }

    @Test
    void keepsTheConnectionWhenTheBudgetIsTakenByWhatABodyBecomes() throws IOException {
        String many = "{\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[8000,4],\"data\":["
                + "1,".repeat(31_999) + "1]}]}";
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: " + many.length() + "\r\n") + many);
            assertThat(receive(socket)).startsWith("HTTP/1.1 503").contains("BYTE_BUDGET_EXHAUSTED");
            send(socket, head("Content-Length: " + ROW.length() + "\r\n") + ROW);
            assertThat(receive(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void endsASlowBodyAtTheCallersDeadline() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 100\r\nWeir-Timeout-Ms: 50\r\n") + "{");
            assertThat(receive(socket)).startsWith("HTTP/1.1 504").contains("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void answersABodyWhoseFramingIsBroken() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Transfer-Encoding: chunked\r\n") + "no number\r\n");
            assertThat(receive(socket)).startsWith("HTTP/1.1 400").contains("MALFORMED_BODY");
        }
    }

    @Test
    void forgetsACallerWhoLeavesInTheMiddle() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 1000\r\n") + "{");
            Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isPositive());
        }
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        given().body(ROW).post("/v2/models/iris/infer").then().statusCode(200);
    }

    @Test
    void refusesBodiesBeyondTheByteBudgetAndRecovers() throws IOException {
        try (Socket first = connect();
                Socket second = connect();
                Socket third = connect()) {
            String almost = head("Content-Length: " + MAX_BODY + "\r\n") + "x".repeat(MAX_BODY - 1);
            send(first, almost);
            send(second, almost);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(budget.reserved()).isGreaterThanOrEqualTo(2L * (MAX_BODY - 1)));
            send(third, almost);
            assertThat(receive(third))
                    .startsWith("HTTP/1.1 503")
                    .contains("BYTE_BUDGET_EXHAUSTED")
                    .containsIgnoringCase("Retry-After: 1");
        }
        Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isZero());
        given().body(ROW).post("/v2/models/iris/infer").then().statusCode(200);
    }

    @Test
    void keepsNobodyOutForABodyThatIsOnlyAnnounced() throws IOException {
        try (Socket first = connect();
                Socket second = connect()) {
            send(first, head("Content-Length: " + MAX_BODY + "\r\n") + "x");
            send(second, head("Content-Length: " + MAX_BODY + "\r\n") + "x");
            Awaitility.await().untilAsserted(() -> assertThat(budget.reserved()).isEqualTo(2));
            given().body(ROW).post("/v2/models/iris/infer").then().statusCode(200);
        }
    }

    @Test
    void keepsTheConnectionAfterARefusalItReadToTheEnd() throws IOException {
        try (Socket socket = connect()) {
            send(socket, head("Content-Length: 2\r\n") + "{}");
            assertThat(receive(socket)).startsWith("HTTP/1.1 400");
            send(socket, head("Content-Length: " + ROW.length() + "\r\n") + ROW);
            assertThat(receive(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws IOException {
        try (Socket socket = connect()) {
            String one = head("Content-Length: " + ROW.length() + "\r\nX-Request-Id: one\r\n") + ROW;
            String two = head("Content-Length: 2\r\nX-Request-Id: two\r\n") + "{}";
            send(socket, one + two);
            assertThat(receive(socket)).startsWith("HTTP/1.1 200").contains("X-Request-Id: one");
            assertThat(receive(socket)).startsWith("HTTP/1.1 400").contains("X-Request-Id: two");
        }
    }

    @Test
    void answersMorePipelinedRequestsThanItReadsAtATime() throws IOException {
        int many = 500;
        String one = head("Content-Length: " + ROW.length() + "\r\n") + ROW;
        try (Socket socket = connect()) {
            send(socket, one.repeat(many));
            for (int i = 0; i < many; i++) {
                assertThat(receive(socket)).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void readsNoFurtherWhileItsAnswersAreNotTaken() throws IOException {
        byte[] ask = "GET /v2 HTTP/1.1\r\nHost: weir\r\n\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII);
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(server.getHost(), server.getPort()))) {
            channel.configureBlocking(false);
            ByteBuffer buffer = ByteBuffer.wrap(ask);
            // Far more than the buffers of both sockets hold.
            Awaitility.await()
                    .during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> {
                        int taken = 0;
                        for (int n = 1; n > 0 && taken < 1 << 20; taken += n) {
                            buffer.rewind();
                            n = channel.write(buffer);
                        }
                        return taken == 0;
                    });
        }
        given().body(ROW).post("/v2/models/iris/infer").then().statusCode(200);
    }

    @Test
    void answersPathsThatCanNotBeReadWithIdAndCode() throws IOException {
        for (String path : new String[] {"/v2/models/%ff", "/v2/models/%c3%28/infer", "/v1/models/%e2%82:predict"}) {
            try (Socket socket = connect()) {
                send(socket, "GET " + path + " HTTP/1.1\r\nHost: weir\r\nX-Request-Id: odd\r\n\r\n");
                assertThat(receive(socket)).startsWith("HTTP/1.1 4").contains("X-Request-Id: odd", "\"code\":");
            }
        }
    }

    @Test
    void leavesWhatIsNoUriToThePlatformWhichAnswersAStatusOnly() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET /v2/models/%zz HTTP/1.1\r\nHost: weir\r\n\r\n");
            assertThat(receive(socket)).isEqualToIgnoringCase("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    }

    @Test
    void holdsNoMemoryUnderAStreamOfHostileRequests() throws IOException, InterruptedException {
        String[] hostile = {
            "",
            "{",
            "{\"inputs\":[{\"name\":\"features\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3",
            "{\"inputs\":[{\"name\":\"features\",\"shape\":[3000,4],\"datatype\":\"FP32\",\"data\":[1]}]}",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}",
            "[".repeat(30_000)
        };
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < 60; i++) {
                assertThat(status(client, hostile[i % hostile.length])).isEqualTo(400);
            }
            long settled = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
            for (int i = 0; i < 600; i++) {
                assertThat(status(client, hostile[i % hostile.length])).isEqualTo(400);
            }
            assertThat(budget.reserved()).isZero();
            assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory())
                    .isEqualTo(settled);
        }
    }

    private int status(HttpClient client, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(server.resolve("/v2/models/iris/infer"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
