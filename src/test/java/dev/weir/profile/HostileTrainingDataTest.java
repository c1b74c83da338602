package dev.weir.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that want to take more memory than they are worth. */
class HostileTrainingDataTest {

    private static final Path PARQUET = Path.of("src/test/resources/profile/reference.parquet");

    @TempDir
    Path scratch;

    private ReferenceProfile profile(Path data, List<ProfileColumn> columns) throws IOException {
        return ProfileBuilder.build(data, columns, ProfileLimits.DEFAULT, scratch);
    }

    private RequestRejected refusal(Path data, ProfileColumn... columns) {
        return catchThrowableOfType(RequestRejected.class, () -> profile(data, List.of(columns)));
    }

    private Path csv(Iterable<String> pieces) throws IOException {
        Path data = scratch.resolve("data.csv");
        try (BufferedWriter out = Files.newBufferedWriter(data)) {
            for (String piece : pieces) {
                out.write(piece);
            }
        }
        return data;
    }

    private Path parquet(byte[] bytes) throws IOException {
        // A file of its own: the reader maps it, and may not have let go of the one before, which must not shrink then.
        return Files.write(Files.createTempFile(scratch, "data", ".parquet"), bytes);
    }

    private static void assertRefused(RequestRejected refusal, long limit) {
        assertThat(refusal)
                .returns(FailureCode.LIMIT_EXCEEDED, RequestRejected::code)
                .returns("training", RequestRejected::field)
                .returns(limit, RequestRejected::limit);
    }

    @Test
    void shouldRefuseAMillionColumns() throws IOException {
        assertRefused(refusal(csv(List.of("x" + ",y".repeat(1_000_000) + "\n"))), 1 << 16);
    }

    @Test
    void shouldRefuseARowOfManyLongCells() throws IOException {
        String cell = "," + "a".repeat(1 << 19);

        assertRefused(refusal(csv(List.of("x" + cell.repeat(9) + "\n"))), 4 << 20);
    }

    @Test
    void shouldRefuseToDescribeMoreColumnsThanTheLimit() throws IOException {
        String names = IntStream.range(0, 2_049).mapToObj(i -> "c" + i).collect(Collectors.joining(","));

        assertRefused(refusal(csv(List.of(names + "\n"))), 2_048);
    }

    @Test
    void shouldIgnoreColumnsBeyondTheLimitThatNobodyAsksFor() throws IOException {
        String names = IntStream.range(0, 3_000).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
        String values = IntStream.range(0, 3_000).mapToObj(Integer::toString).collect(Collectors.joining(","));

        ReferenceProfile profile =
                profile(csv(List.of(names + "\n" + values + "\n")), List.of(new ProfileColumn("c7", DataType.FP32)));

        assertThat(profile.features()).hasSize(1);
    }

    @Test
    void shouldLeaveOutTheColumnsWithMostTextsWhenTheyTakeTooMuchTogether() {
        TextBudget budget = new TextBudget(10_000);
        TextCounts sex = new TextCounts(budget);
        TextCounts street = new TextCounts(budget);
        TextCounts city = new TextCounts(budget);
        for (int i = 0; i < 60; i++) {
            sex.add(i % 2 == 0 ? "f" : "m");
            street.add("street " + i);
            city.add("city " + i % 30);
        }

        assertThat(Stream.of(sex, street, city).map(TextCounts::isFreeText)).containsExactly(false, true, false);
        assertThat(city.profile("city", DataType.BYTES, 0).distinct()).isEqualTo(30);
    }

    @Test
    void shouldKeepTheTextsOfAllColumnsWithinTheirBudget() throws IOException {
        int columns = 12;
        String names = IntStream.range(0, columns).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
        String tail = "x".repeat(100);
        Path data = csv(() -> Stream.concat(
                        Stream.of(names + ",few\n"),
                        IntStream.range(0, 20_000)
                                .mapToObj(row -> IntStream.range(0, columns)
                                                .mapToObj(column -> "t" + row + tail)
                                                .collect(Collectors.joining(","))
                                        + ",f" + row % 3 + "\n"))
                .iterator());

        ReferenceProfile profile = profile(data, List.of());

        assertThat(profile.left()).isNotEmpty().doesNotContain("few");
        assertThat(profile.features()).extracting(FeatureProfile::name).contains("few");
    }

    private static byte[] withFooter(byte[] footer) {
        return ByteBuffer.allocate(footer.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("PAR1".getBytes(StandardCharsets.US_ASCII))
                .put(footer)
                .putInt(footer.length)
                .put("PAR1".getBytes(StandardCharsets.US_ASCII))
                .array();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "68ffffffff07", // created by: a text of two gigabytes
                "79fcffffff07", // orders of columns: a list of half a billion
                "29fcffffff07", // the schema: as many
                "991c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c", // structures in structures
                "25ffffffffffffffffffffffffffff", // a number without end
                "3b00" // a map
            })
    void shouldNotTrustAFooter(String footer) throws IOException {
        byte[] bytes = java.util.HexFormat.of().parseHex(footer);

        assertThat(refusal(parquet(withFooter(bytes)))).returns(FailureCode.MALFORMED_BODY, RequestRejected::code);
    }

    @Test
    void shouldRefuseALargeFooter() throws IOException {
        assertRefused(refusal(parquet(withFooter(new byte[9 << 20]))), ParquetBounds.MAX_FOOTER);
    }

    @Test
    void shouldRefuseParquetThatWouldTakeTooMuchMemory() {
        ProfileLimits limits = new ProfileLimits(1_000, 1_000_000, 1 << 16);

        assertRefused(
                catchThrowableOfType(
                        RequestRejected.class, () -> ProfileBuilder.build(PARQUET, List.of(), limits, scratch)),
                1 << 16);
    }

    @Test
    void shouldRefuseParquetOfMoreRowsThanTheLimitBeforeItIsRead() {
        ProfileLimits limits = new ProfileLimits(699, 1_000_000, 1 << 30);

        assertRefused(
                catchThrowableOfType(
                        RequestRejected.class, () -> ProfileBuilder.build(PARQUET, List.of(), limits, scratch)),
                699);
    }

    /** What is wrong in a file is found or does no harm, wherever it is. */
    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void shouldRefuseOrReadWhateverIsWrongInAFile() throws IOException {
        byte[] whole = Files.readAllBytes(PARQUET);
        Random random = new Random(42);
        for (int round = 0; round < 600; round++) {
            byte[] hostile = Arrays.copyOf(whole, whole.length);
            int changes = 1 + random.nextInt(3);
            for (int i = 0; i < changes; i++) {
                // The footer and the first heads are a small part of the file and the only one that says how large
                // things are.
                int at = random.nextBoolean()
                        ? whole.length - 1 - random.nextInt(Math.min(whole.length, 3_000))
                        : random.nextInt(whole.length);
                hostile[at] = random.nextBoolean() ? (byte) 0xff : (byte) random.nextInt(256);
            }
            Throwable thrown = catchThrowable(() -> profile(parquet(hostile), List.of()));

            assertThat(thrown).satisfiesAnyOf(none -> assertThat(none).isNull(), refusal -> assertThat(refusal)
                    .isInstanceOf(RequestRejected.class));
        }
    }

    @Test
    void shouldNotReadALargeProfile() throws IOException {
        Path file = scratch.resolve("profile.json");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(1L << 30);
        }

        assertThat(catchThrowableOfType(RequestRejected.class, () -> ReferenceProfile.read(file)))
                .returns(FailureCode.LIMIT_EXCEEDED, RequestRejected::code)
                .returns("profile", RequestRejected::field)
                .returns(16L << 20, RequestRejected::limit);
    }

    @Test
    void shouldNotReadAProfileOfTooManyValues() throws IOException {
        Path file = Files.writeString(
                scratch.resolve("profile.json"),
                "{\"schema_version\": \"1.0\", \"absent\": [" + "\"\",".repeat(1_000_000) + "\"\"]}");

        assertThat(catchThrowableOfType(RequestRejected.class, () -> ReferenceProfile.read(file)))
                .returns(FailureCode.LIMIT_EXCEEDED, RequestRejected::code);
    }
}
