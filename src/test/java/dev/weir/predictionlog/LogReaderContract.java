package dev.weir.predictionlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.fixture.Records;
import dev.weir.fixture.Tensors;
import dev.weir.inference.Settlement;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link LogReader} keeps to. Each test has a log of its own. */
public abstract class LogReaderContract {

    /** Tensors compare by identity; their packed bytes tell whether they are the same. */
    private static final RecursiveComparisonConfiguration BY_VALUE =
            RecursiveComparisonConfiguration.builder().build();

    /** Bounds what follows pages, so that a reader that never ends fails. */
    private static final int MANY_PAGES = 10_000;

    /**
     * Puts entries into the log, behind what is there, all of one replica; a reader sees them when this returns.
     *
     * @return the same entries, as the log has them
     */
    protected abstract List<StoredEntry> write(List<? extends LogEntry> entries) throws Exception;

    /** Returns the reader under test. */
    protected abstract LogReader reader();

    private StoredEntry write(LogEntry entry) throws Exception {
        return write(List.of(entry)).getFirst();
    }

    private static List<PredictionRecord> records(int from, int to) {
        return IntStream.range(from, to).mapToObj(Records::record).toList();
    }

    /** Returns all pages of a search, one behind the other. */
    private List<StoredEntry> search(RecordQuery query, int limit) {
        return search(query, null, limit);
    }

    private List<StoredEntry> search(RecordQuery query, @Nullable String cursor, int limit) {
        List<StoredEntry> all = new ArrayList<>();
        String next = cursor;
        for (int page = 0; page < MANY_PAGES; page++) {
            LogReader.Page found = reader().search(query, next, limit);
            assertThat(found.entries()).hasSizeLessThanOrEqualTo(limit);
            all.addAll(found.entries());
            next = found.next();
            if (next == null) {
                return all;
            }
        }
        throw new AssertionError("the search has no end");
    }

    private static void assertSame(@Nullable Object actual, @Nullable Object expected) {
        assertThat(actual).usingRecursiveComparison(BY_VALUE).isEqualTo(expected);
    }

    // --- By version

    @Test
    void shouldTellWhichVersionsItHasRecordsOf() throws Exception {
        VersionRef version = Records.record(1).context().version();
        write(records(1, 50));

        assertThat(reader().hasRecordOf(version)).isTrue();
        assertThat(reader().hasRecordOf(new VersionRef(version.model(), "another")))
                .isFalse();
        assertThat(reader().hasRecordOf(new VersionRef("another", version.version())))
                .isFalse();
    }

    // --- As a whole

    @Test
    void shouldBeMarkedOtherwiseOnceItHasGrown() throws Exception {
        String empty = reader().mark();
        write(records(1, 2));
        String one = reader().mark();
        write(records(2, 3));

        assertThat(one).isNotEqualTo(empty).isNotEqualTo(reader().mark());
        assertThat(reader().mark()).isEqualTo(reader().mark());
    }

    @Test
    void shouldSeeWhatIsThereForManyLookUps() throws Exception {
        write(records(1, 50));

        LogReader steady = reader().steady();

        assertThat(steady.mark()).isEqualTo(reader().mark());
        assertThat(IntStream.range(1, 50))
                .allMatch(i -> steady.find(Records.record(i).id()) != null);
    }

    // --- By id

    @Test
    void shouldFindARecordWithAllItHolds() throws Exception {
        StoredEntry full = write(List.of(Records.record(1), Records.full(2), Records.record(3)))
                .get(1);

        StoredEntry found = reader().find(Records.full(2).id());

        assertSame(found, full);
        assertSame(found == null ? null : found.entry(), Records.full(2));
    }

    @Test
    void shouldFindARecordThatHoldsAsLittleAsItMay() throws Exception {
        StoredEntry least = write(Records.record(1));

        assertSame(reader().find(Records.record(1).id()), least);
        assertSame(least.entry(), Records.record(1));
    }

    @Test
    void shouldTellWhyAnAttemptFailed() throws Exception {
        PredictionRecord failed = Records.draft(1)
                .failed(Settlement.Result.TIMEOUT, FailureCode.DEADLINE_EXCEEDED)
                .build();
        write(failed);

        StoredEntry found = reader().find(failed.id());

        assertSame(found == null ? null : found.entry(), failed);
    }

    @Test
    void shouldTellWhatWasNotKept() throws Exception {
        PackedTensors inputs = PackedTensors.pack(List.of(Tensors.fp32("x", 1f)));
        PredictionRecord unsampled = Records.draft(1)
                .payload(new Payload(Capture.FULL, 0.25, false, false, false, null, null))
                .build();
        PredictionRecord truncated = Records.draft(2)
                .payload(new Payload(Capture.FULL, 1, true, true, false, inputs, null))
                .build();
        write(List.of(unsampled, truncated));

        List<LogEntry> found =
                search(RecordQuery.ALL, 10).stream().map(StoredEntry::entry).toList();

        assertSame(found, List.of(unsampled, truncated));
    }

    @Test
    void shouldFindNothingUnderAnUnknownId() throws Exception {
        write(records(0, 3));

        assertThat(reader().find(Records.id(Records.after(1), 77))).isNull();
    }

    @Test
    void shouldFindNothingInAnEmptyLog() {
        assertThat(reader().find(Records.record(1).id())).isNull();
        assertThat(reader().byRequest("request-1", 10)).isEmpty();
        assertThat(reader().byInferenceId("flower", 10)).isEmpty();
        assertThat(reader().search(RecordQuery.ALL, null, 10)).isEqualTo(new LogReader.Page(List.of(), null));
    }

    /** Ids are given before a request waits for room in the log, and clocks are set back. */
    @ParameterizedTest
    @ValueSource(longs = {-120_000, 60_000})
    void shouldFindARecordWhoseIdWasNotGivenAtItsStart(long millis) throws Exception {
        PredictionRecord record = Records.draft(1)
                .id(Records.id(Records.after(1).plusMillis(millis), 5))
                .build();
        write(Stream.concat(records(10, 20).stream(), Stream.of(record)).toList());

        StoredEntry found = reader().find(record.id());

        assertSame(found == null ? null : found.entry(), record);
    }

    @Test
    void shouldTellApartIdsOfOneMillisecond() throws Exception {
        List<PredictionRecord> together = IntStream.range(0, 5)
                .mapToObj(i -> Records.draft(i).started(Records.NOON).build())
                .toList();
        List<StoredEntry> stored = write(together);

        for (int i = 0; i < together.size(); i++) {
            assertSame(reader().find(together.get(i).id()), stored.get(i));
        }
    }

    // --- By request and inference id

    @Test
    void shouldFindEveryAttemptOfARequestOldestFirst() throws Exception {
        List<StoredEntry> stored = write(List.of(
                Records.draft(1).request("a").build(),
                Records.draft(2).request("b").build(),
                Records.draft(3).request("a").of(Records.IRIS_CANARY).build(),
                Records.gap(1, 2, "iris")));

        assertSame(reader().byRequest("a", 10), List.of(stored.get(0), stored.get(2)));
    }

    @Test
    void shouldFindNoMoreAttemptsOfARequestThanAskedFor() throws Exception {
        List<StoredEntry> stored = write(IntStream.range(0, 5)
                .mapToObj(i -> Records.draft(i).request("again").build())
                .toList());

        assertSame(reader().byRequest("again", 2), stored.subList(0, 2));
    }

    @Test
    void shouldFindEveryRecordWithARowOfAnInferenceIdOldestFirst() throws Exception {
        List<StoredEntry> stored = write(List.of(
                Records.draft(1).inferenceIds("x", "y").build(),
                Records.draft(2).inferenceIds("y").build(),
                Records.draft(3).inferenceIds("z", "x").build()));

        assertSame(reader().byInferenceId("x", 10), List.of(stored.get(0), stored.get(2)));
        assertSame(reader().byInferenceId("y", 1), List.of(stored.getFirst()));
    }

    @Test
    void shouldFindARecordOnceThatHasAnInferenceIdTwice() throws Exception {
        StoredEntry stored = write(Records.draft(1).inferenceIds("x", "x").build());

        assertSame(reader().byInferenceId("x", 10), List.of(stored));
    }

    @Test
    void shouldNotTakeARequestIdForAnInferenceId() throws Exception {
        write(Records.draft(1).request("one").inferenceIds("other").build());

        assertThat(reader().byInferenceId("one", 10)).isEmpty();
        assertThat(reader().byRequest("other", 10)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"request-", "request-1%", "REQUEST-1", "request-1' OR '1'='1", "", "blume\uD83C\uDF3C"})
    void shouldFindNothingUnderAnIdThatIsOnlyAlike(String id) throws Exception {
        write(Records.draft(1).inferenceIds("request-1").build());

        assertThat(reader().byRequest(id, 10)).isEmpty();
        assertThat(reader().byInferenceId(id, 10)).isEmpty();
    }

    // --- Searching

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1000})
    void shouldGiveEveryEntryOnceInOrderWhateverThePage(int limit) throws Exception {
        List<StoredEntry> stored = new ArrayList<>(write(records(0, 9)));
        stored.add(write(Records.gap(3, 5, null)));
        stored.addAll(write(records(9, 20)));

        assertSame(search(RecordQuery.ALL, limit), stored);
        assertSame(search(newestFirst(), limit), stored.reversed());
    }

    private static RecordQuery newestFirst() {
        return new RecordQuery(null, null, null, null, null, null, null, null, null, Set.of(), true, true);
    }

    @Test
    void shouldGrowInPosition() throws Exception {
        write(records(0, 5));
        write(records(5, 10));

        assertThat(search(RecordQuery.ALL, 3))
                .extracting(StoredEntry::position)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(search(RecordQuery.ALL, 3)).extracting(StoredEntry::replica).containsOnly(replica());
    }

    private String replica() {
        return reader().search(RecordQuery.ALL, null, 1).entries().getFirst().replica();
    }

    static Stream<RecordQuery> queries() {
        List<RecordQuery> all = new ArrayList<>();
        for (boolean turned : new boolean[] {false, true}) {
            all.add(query(null, null, null, null, null, null, null, null, null, false, turned));
            all.add(query(Records.after(3), null, null, null, null, null, null, null, null, true, turned));
            all.add(query(null, Records.after(3), null, null, null, null, null, null, null, true, turned));
            all.add(query(Records.after(3), Records.after(4), null, null, null, null, null, null, null, true, turned));
            all.add(query(
                    Records.after(3).plusNanos(1_000), null, null, null, null, null, null, null, null, true, turned));
            all.add(query(null, null, "iris", null, null, null, null, null, null, true, turned));
            all.add(query(null, null, "wine", null, null, null, null, null, null, true, turned));
            all.add(query(null, null, null, "iris", null, null, null, null, null, true, turned));
            all.add(query(null, null, null, "iris", "4", null, null, null, null, true, turned));
            all.add(query(null, null, null, null, "3", null, null, null, null, true, turned));
            all.add(query(null, null, null, null, null, "canary", null, null, null, true, turned));
            all.add(query(null, null, null, null, null, null, VariantRole.SHADOW, null, null, true, turned));
            all.add(query(null, null, null, null, null, null, null, "k'7", null, true, turned));
            all.add(query(null, null, null, null, null, null, null, null, Settlement.Result.ERROR, true, turned));
            all.add(query(
                    Records.after(2),
                    Records.after(9),
                    "iris",
                    "iris",
                    "4",
                    "canary",
                    VariantRole.CANARY,
                    "k'7",
                    Settlement.Result.OK,
                    false,
                    turned));
            all.add(query(null, null, "nobody", null, null, null, null, null, null, false, turned));
            all.add(about(turned, "hmac:k1:ada"));
            all.add(about(turned, "hmac:k1:ada", "hmac:k2:b'b"));
            all.add(about(turned, "hmac:k1:nobody"));
        }
        return all.stream();
    }

    private static RecordQuery about(boolean newestFirst, String... subjectKeys) {
        return new RecordQuery(
                null, null, null, null, null, null, null, null, null, Set.of(subjectKeys), true, newestFirst);
    }

    private static RecordQuery query(
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String deployment,
            @Nullable String model,
            @Nullable String version,
            @Nullable String variant,
            @Nullable VariantRole role,
            @Nullable String caller,
            Settlement.@Nullable Result result,
            boolean gaps,
            boolean newestFirst) {
        return new RecordQuery(
                from, to, deployment, model, version, variant, role, caller, result, Set.of(), gaps, newestFirst);
    }

    private static List<LogEntry> mixture() {
        RecordContext shadow = Records.context("wine", "next", VariantRole.SHADOW, "wine", "3");
        return List.of(
                Records.record(1),
                Records.draft(2).of(Records.IRIS_CANARY).caller("k'7").build(),
                Records.gap(2, 3, "iris"),
                Records.draft(3).of(shadow).build(),
                Records.draft(4).of(shadow).caller("k'7").build(),
                Records.draft(5)
                        .failed(Settlement.Result.ERROR, FailureCode.EXECUTION_FAILED)
                        .build(),
                Records.gap(4, 6, null),
                Records.gap(1, 2, "wine"),
                Records.draft(6).of(Records.IRIS_CANARY).caller("k'7").build(),
                // Ended before one that began after it.
                Records.draft(7).started(Records.after(3).plusNanos(1_000)).build(),
                Records.draft(9).of(Records.IRIS_CANARY).caller("k'7").build(),
                Records.draft(10).about("hmac:k1:ada").build(),
                Records.draft(11).about("hmac:k2:b'b").build(),
                Records.draft(12).about("hmac:k3:eve").build());
    }

    @ParameterizedTest
    @MethodSource("queries")
    void shouldGiveWhatAQueryDescribesAndNothingElse(RecordQuery query) throws Exception {
        List<StoredEntry> wanted = new ArrayList<>(write(mixture()).stream()
                .filter(each -> query.matches(each.entry()))
                .toList());
        List<StoredEntry> expected = query.newestFirst() ? wanted.reversed() : wanted;

        assertSame(search(query, 2), expected);
        assertSame(search(query, 100), expected);
    }

    @Test
    void shouldGiveOnlyWhatIsRareAmongMuchElse() throws Exception {
        write(records(0, 500));
        StoredEntry rare = write(Records.draft(600).caller("rare").build());
        write(records(700, 1_200));
        RecordQuery query = query(null, null, null, null, null, null, null, "rare", null, false, false);

        assertSame(search(query, 1), List.of(rare));
    }

    @Test
    void shouldGoOnWithWhatWasWrittenMeanwhile() throws Exception {
        List<StoredEntry> before = write(records(0, 4));
        LogReader.Page first = reader().search(RecordQuery.ALL, null, 2);
        List<StoredEntry> after = write(records(4, 6));

        List<StoredEntry> rest = search(RecordQuery.ALL, first.next(), 2);

        assertSame(first.entries(), before.subList(0, 2));
        assertSame(rest.subList(0, 2), before.subList(2, 4));
        assertThat(after)
                .usingRecursiveFieldByFieldElementComparator(BY_VALUE)
                .containsAll(rest.subList(2, rest.size()));
    }

    @Test
    void shouldGoOnBackwardsAsIfNothingWereWrittenMeanwhile() throws Exception {
        List<StoredEntry> before = write(records(0, 4));
        LogReader.Page first = reader().search(newestFirst(), null, 2);
        write(records(4, 6));

        List<StoredEntry> rest = search(newestFirst(), first.next(), 2);

        assertSame(first.entries(), before.reversed().subList(0, 2));
        assertSame(rest, before.reversed().subList(2, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "", "-1", "1.2", "1.1.1.1.1", "'; DROP TABLE entry; --", "\uD83C\uDF3C"})
    void shouldRefuseACursorThatIsNone(String cursor) throws Exception {
        write(records(0, 3));

        assertThatThrownBy(() -> reader().search(RecordQuery.ALL, cursor, 2))
                .isInstanceOfSatisfying(RequestRejected.class, rejected -> {
                    assertThat(rejected.code()).isEqualTo(FailureCode.INVALID_FIELD);
                    assertThat(rejected.field()).isEqualTo("cursor");
                });
    }
}
