package dev.weir.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonParser;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is wrong with a document as such, whatever it means: told with code, place and limit. */
class JsonBodiesTest {

    private static final int MOST = Limits.DEFAULT.maxMembers();

    private final JsonBodies json = new JsonBodies(Limits.DEFAULT);

    private void read(String document) {
        byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
        json.read(bytes, 0, bytes.length, JsonBodiesTest::all);
    }

    private static int all(JsonParser parser) throws IOException {
        int tokens = 0;
        do {
            if (parser.nextToken() != null && parser.currentToken().isScalarValue()) {
                parser.getText();
            }
            tokens++;
        } while (!parser.getParsingContext().inRoot());
        return tokens;
    }

    private RequestRejected refusal(String document) {
        return catchThrowableOfType(RequestRejected.class, () -> read(document));
    }

    private void refuses(String document, FailureCode code, String field) {
        RequestRejected refusal = refusal(document);
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.field()).isEqualTo(field);
    }

    private void exceeds(String document, String field, long limit) {
        RequestRejected refusal = refusal(document);
        assertThat(refusal.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
        assertThat(refusal.field()).isEqualTo(field);
        assertThat(refusal.limit()).isEqualTo(limit);
    }

    @Test
    void shouldNameTheKeyThatOccursTwice() {
        refuses("{\"a\":1,\"a\":2}", FailureCode.DUPLICATE_KEY, "a");
        refuses("{\"a\":[0,{\"b\":{\"c\":1,\"c\":2}}]}", FailureCode.DUPLICATE_KEY, "a[1].b.c");
    }

    @Test
    void shouldShowAHostileKeyShortAndClean() {
        refuses("{\"a\\u0000\":1,\"a\\u0000\":2}", FailureCode.DUPLICATE_KEY, "a?");
        String key = "k".repeat(500);
        refuses("{\"" + key + "\":1,\"" + key + "\":2}", FailureCode.DUPLICATE_KEY, "k".repeat(64));
    }

    @Test
    void shouldBoundNesting() {
        int most = Limits.DEFAULT.maxNesting();
        read("[".repeat(most) + "]".repeat(most));
        exceeds("[".repeat(most + 1) + "]".repeat(most + 1), "body", most);
    }

    @Test
    void shouldBoundAString() {
        int most = Limits.DEFAULT.maxString();
        read("{\"a\":\"" + "x".repeat(most) + "\"}");
        exceeds("{\"a\":[\"\",\"" + "x".repeat(most + 1) + "\"]}", "a[1]", most);
    }

    @Test
    void shouldBoundANumber() {
        int most = Limits.DEFAULT.maxNumber();
        read("[" + "1".repeat(most) + "]");
        exceeds("{\"a\":" + "1".repeat(most + 1) + "}", "a", most);
        exceeds("[1." + "1".repeat(most) + "]", "[0]", most);
    }

    @Test
    void shouldBoundAFieldName() {
        int most = Limits.DEFAULT.maxFieldName();
        read("{\"" + "n".repeat(most) + "\":1}");
        exceeds("{\"a\":{\"b\":1,\"" + "n".repeat(most + 8) + "\":1}}", "a", most);
        exceeds("{\"" + "n".repeat(most + 8) + "\":1}", "body", most);
    }

    private static String members(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> "\"" + i + "\":0")
                .collect(Collectors.joining(","));
    }

    @Test
    void shouldBoundTheMembersOfAnObject() {
        read("{" + members(0, MOST) + "}");
        exceeds("{" + members(0, MOST + 1) + "}", "body", MOST);
    }

    @Test
    void shouldCountTheMembersOfObjectsInOneAnother() {
        int half = MOST / 2;
        exceeds("{" + members(0, half) + ",\"x\":[{" + members(half, half) + "}]}", "body", MOST);
    }

    @Test
    void shouldNotAddUpObjectsBesideEachOther() {
        String row = "{" + members(0, 1000) + "}";
        assertThatCode(() -> read("[" + (row + ",").repeat(200) + row + "]")).doesNotThrowAnyException();
    }

    @Test
    void shouldNotCountColonsInStrings() {
        assertThatCode(() -> read("[\"" + ":\\\"".repeat(MOST + 1) + "\"]")).doesNotThrowAnyException();
    }

    @Test
    void shouldLeaveBrokenDocumentsToTheParser() {
        refuses("]".repeat(5 * MOST), FailureCode.MALFORMED_JSON, "body");
        refuses("{\"" + "a".repeat(5 * MOST), FailureCode.LIMIT_EXCEEDED, "body");
    }

    @Test
    void shouldPlaceAPartThatIsReadAgain() {
        byte[] bytes = "[{\"a\":1,\"a\":2}]".getBytes(StandardCharsets.UTF_8);

        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class, () -> json.reread(bytes, 0, bytes.length, "data", JsonBodiesTest::all));

        assertThat(refusal.field()).isEqualTo("data[0].a");
    }
}
