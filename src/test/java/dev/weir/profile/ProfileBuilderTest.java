package dev.weir.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.DataType;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.ShapePattern;
import dev.weir.inference.TensorSpec;
import dev.weir.profile.FeatureProfile.Categorical;
import dev.weir.profile.FeatureProfile.Category;
import dev.weir.profile.FeatureProfile.Numeric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The profile of a table whose numbers numpy computed: {@code src/test/resources/profile/make.py}. */
class ProfileBuilderTest {

    private static final Path PLACE = Path.of("src/test/resources/profile");

    private static final List<ProfileColumn> COLUMNS = List.of(
            new ProfileColumn("age", DataType.FP64),
            new ProfileColumn("income", DataType.FP64),
            new ProfileColumn("rooms", DataType.INT64),
            new ProfileColumn("city", DataType.BYTES));

    private static JsonNode expected;

    @TempDir
    Path scratch;

    @BeforeAll
    static void readExpected() throws IOException {
        expected = new ObjectMapper().readTree(PLACE.resolve("expected.json").toFile());
    }

    private ReferenceProfile profile(Path data, List<ProfileColumn> columns) throws IOException {
        return ProfileBuilder.build(data, columns, ProfileLimits.DEFAULT, scratch);
    }

    private ReferenceProfile profile(String csv, ProfileColumn... columns) throws IOException {
        Path data = scratch.resolve("data.csv");
        Files.writeString(data, csv);
        return profile(data, List.of(columns));
    }

    private RequestRejected refusal(String csv, ProfileColumn... columns) {
        return catchThrowableOfType(RequestRejected.class, () -> profile(csv, columns));
    }

    private static void assertNumeric(Numeric actual, JsonNode numpy) {
        assertThat(actual.n()).isEqualTo(numpy.path("n").asLong());
        assertThat(actual.mean()).isCloseTo(numpy.path("mean").asDouble(), within(1e-12 * Math.abs(actual.mean())));
        assertThat(actual.m2()).isCloseTo(numpy.path("m2").asDouble(), within(1e-12 * actual.m2()));
        assertThat(actual.min()).isEqualTo(numpy.path("min").asDouble());
        assertThat(actual.max()).isEqualTo(numpy.path("max").asDouble());
        assertThat(actual.edges()).isEqualTo(doubles(numpy.path("edges")));
        assertThat(actual.counts())
                .isEqualTo(doubles(numpy.path("counts")).stream()
                        .map(Double::longValue)
                        .toList());
    }

    private static List<Double> doubles(JsonNode array) {
        return IntStream.range(0, array.size())
                .mapToObj(i -> array.get(i).asDouble())
                .toList();
    }

    private static Map<String, Long> counts(FeatureProfile feature) {
        return ((Categorical) feature)
                .categories().stream().collect(Collectors.toMap(Category::value, Category::count));
    }

    private static Map<String, Long> counts(JsonNode numpy) {
        Map<String, Long> counts = new HashMap<>();
        numpy.properties()
                .forEach(entry -> counts.put(entry.getKey(), entry.getValue().asLong()));
        return counts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference.csv", "reference.parquet"})
    void shouldDescribeNumbersAsNumpyDoes(String file) throws IOException {
        ReferenceProfile profile = profile(PLACE.resolve(file), COLUMNS);

        assertThat(profile.rows()).isEqualTo(700);
        assertNumeric((Numeric) profile.features().get(0), expected.path("age"));
        assertNumeric((Numeric) profile.features().get(1), expected.path("income"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference.csv", "reference.parquet"})
    void shouldTellMissingValuesFromNaN(String file) throws IOException {
        ReferenceProfile profile = profile(PLACE.resolve(file), COLUMNS);

        Numeric age = (Numeric) profile.features().get(0);
        Numeric income = (Numeric) profile.features().get(1);
        assertThat(List.of(age.missing(), age.nan(), income.missing(), income.nan()))
                .containsExactly(
                        expected.path("missing").path("age").asLong(),
                        0L,
                        0L,
                        expected.path("nan").path("income").asLong());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference.csv", "reference.parquet"})
    void shouldCountCategories(String file) throws IOException {
        ReferenceProfile profile = profile(PLACE.resolve(file), COLUMNS);

        assertThat(counts(profile.features().get(2))).isEqualTo(counts(expected.path("rooms")));
        assertThat(counts(profile.features().get(3))).isEqualTo(counts(expected.path("city")));
        assertThat(profile.features().get(3).missing())
                .isEqualTo(expected.path("missing").path("city").asLong());
    }

    @Test
    void shouldDescribeHowColumnsVaryTogetherAsNumpyDoes() throws IOException {
        ReferenceProfile.Multivariate together =
                profile(PLACE.resolve("reference.csv"), COLUMNS).multivariate();

        JsonNode numpy = expected.path("multivariate");
        assertThat(together.features()).containsExactly("age", "income");
        assertThat(together.n()).isEqualTo(numpy.path("n").asLong());
        for (int i = 0; i < 2; i++) {
            double mean = numpy.path("mean").get(i).asDouble();
            assertThat(together.mean().get(i)).isCloseTo(mean, within(1e-12 * mean));
            assertThat(together.covariance().get(i)).hasSize(i + 1);
            for (int j = 0; j <= i; j++) {
                double covariance = numpy.path("covariance").get(i).get(j).asDouble();
                assertThat(together.covariance().get(i).get(j))
                        .isCloseTo(covariance, within(1e-9 * Math.abs(covariance)));
            }
        }
    }

    @Test
    void shouldRoundToWhatTheModelTakesBeforeItCounts() throws IOException {
        ReferenceProfile profile =
                profile(PLACE.resolve("reference.csv"), List.of(new ProfileColumn("age", DataType.FP32)));

        assertNumeric((Numeric) profile.features().getFirst(), expected.path("age_as_float32"));
    }

    @Test
    void shouldGiveTheSameBytesForCsvAndParquetAndEveryTime() throws IOException {
        byte[] once = profile(PLACE.resolve("reference.csv"), COLUMNS).toJson();

        assertThat(profile(PLACE.resolve("reference.csv"), COLUMNS).toJson()).isEqualTo(once);
        assertThat(profile(PLACE.resolve("reference.parquet"), COLUMNS).toJson())
                .isEqualTo(once);
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        byte[] json = profile(PLACE.resolve("reference.csv"), COLUMNS).toJson();

        assertThat(ReferenceProfile.read(json).toJson()).isEqualTo(json);
    }

    @Test
    void shouldReadWhatItWroteOfColumnsOfWhichNothingIsKnown() throws IOException {
        byte[] json = profile("x,y\na,b\n").toJson();

        assertThat(ReferenceProfile.read(json).toJson()).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "null",
                "[]",
                "{\"schema_version\": \"2.0\"}",
                "{\"schema_version\": 1, \"rows\": \"x\"}",
                "{\"schema_version\": \"1.0\", \"rows\": 1, \"features\": [null], \"absent\": [], \"left\": []}",
                "{\"schema_version\": \"1.0\", \"features\": [], \"absent\": [], \"left\": []}"
            })
    void shouldRefuseToReadWhatIsNoProfile(String json) {
        assertThatThrownBy(() -> ReferenceProfile.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isInstanceOf(RequestRejected.class);
    }

    @Test
    void shouldTakeColumnsFromASignature() {
        ModelSignature signature = new ModelSignature(
                List.of(
                        new TensorSpec(
                                "numbers", DataType.FP32, ShapePattern.of(-1, 2), List.of("a", "b"), List.of(), false),
                        TensorSpec.of("sex", DataType.BYTES, -1, 1),
                        TensorSpec.of("flat", DataType.INT64, -1),
                        TensorSpec.of("image", DataType.FP32, -1, 8, 8)),
                List.of(TensorSpec.of("y", DataType.FP32, -1)),
                true);

        assertThat(ProfileColumn.of(signature))
                .containsExactly(
                        new ProfileColumn("a", DataType.FP32),
                        new ProfileColumn("b", DataType.FP32),
                        new ProfileColumn("sex", DataType.BYTES),
                        new ProfileColumn("flat", DataType.INT64));
    }

    @Test
    void shouldFindOutWhatAColumnIsIfNobodySays() throws IOException {
        String rows = IntStream.range(0, 30)
                .mapToObj(i -> i + ",t" + i + "," + (i == 20 ? "x" : "1") + "\n")
                .collect(Collectors.joining());

        ReferenceProfile profile = profile("number,text,mixed\n" + rows);

        assertThat(profile.features()).element(0).isInstanceOf(Numeric.class);
        assertThat(((Categorical) profile.features().get(1)).distinct()).isEqualTo(30);
        assertThat(counts(profile.features().get(2))).containsOnly(Map.entry("1", 29L), Map.entry("x", 1L));
    }

    @Test
    void shouldWriteNumbersThatAreCategoriesAsTheModelSeesThem() throws IOException {
        ReferenceProfile profile = profile(
                "x\n0.1\n0.10000000001\n1.0\n-0.0\n0\nnan\n-inf\n\n\"\"\n", new ProfileColumn("x", DataType.FP32));

        assertThat(counts(profile.features().getFirst()))
                .containsOnly(
                        Map.entry("0.1", 2L),
                        Map.entry("1", 1L),
                        Map.entry("0", 2L),
                        Map.entry("NaN", 1L),
                        Map.entry("-Infinity", 1L));
    }

    @Test
    void shouldKeepTheTopHundredAndCountTheRest() throws IOException {
        String rows = IntStream.range(0, 150)
                .mapToObj(i -> ("c" + i + "\n").repeat(150 - i))
                .collect(Collectors.joining());

        Categorical column = (Categorical) profile("x\n" + rows, new ProfileColumn("x", DataType.BYTES))
                .features()
                .getFirst();

        assertThat(column.categories()).hasSize(100).first().isEqualTo(new Category("c0", 150));
        assertThat(column.other()).isEqualTo(50 * 51 / 2);
        assertThat(column.distinct()).isEqualTo(150);
    }

    @Test
    void shouldLeaveOutFreeText() throws IOException {
        ReferenceProfile profile = profile("x,y\n" + "long".repeat(100) + ",1\n");

        assertThat(profile.left()).containsExactly("x");
        assertThat(profile.features()).extracting(FeatureProfile::name).containsExactly("y");
    }

    @Test
    void shouldNameColumnsThatTheDataLack() throws IOException {
        ReferenceProfile profile =
                profile("a\n1\n", new ProfileColumn("a", DataType.FP32), new ProfileColumn("b", DataType.FP32));

        assertThat(profile.absent()).containsExactly("b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                | MALFORMED_BODY  | are empty",
                "x,x\\n1,2         | MALFORMED_BODY  | a column twice",
                "x,y\\n1           | MALFORMED_BODY  | row 1 of the training data has 1 cells",
                "x\\n              | EMPTY_BATCH     | no rows",
                "y\\n1             | MISSING_FEATURE | none of the columns that the model takes: x",
                "x\\n1\\ntall      | INVALID_FIELD   | row 2 of the training data: 'x' is no number",
                "x\\n0x1p3         | INVALID_FIELD   | row 1 of the training data: 'x' is no number"
            })
    void shouldSayWhatIsWrongWithTheData(String csv, FailureCode code, String message) {
        RequestRejected refusal = refusal(csv.replace("\\n", "\n"), new ProfileColumn("x", DataType.FP32));

        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.publicMessage()).contains(message);
        assertThat(refusal.field()).isEqualTo("training");
    }

    @Test
    void shouldRefuseTextThatIsNoUtf8() throws IOException {
        Path data = scratch.resolve("latin.csv");
        Files.write(data, new byte[] {'x', '\n', (byte) 0xe9, '\n'});

        assertThat(catchThrowableOfType(RequestRejected.class, () -> profile(data, List.of())))
                .returns(FailureCode.INVALID_UTF8, RequestRejected::code);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 40, 4000})
    void shouldRefuseParquetThatIsCutShort(int length) throws IOException {
        Path data = scratch.resolve("cut.parquet");
        byte[] whole = Files.readAllBytes(PLACE.resolve("reference.parquet"));
        Files.write(data, java.util.Arrays.copyOf(whole, length));

        assertThat(catchThrowableOfType(RequestRejected.class, () -> profile(data, List.of())))
                .returns(FailureCode.MALFORMED_BODY, RequestRejected::code);
    }

    @Test
    void shouldRefuseACellThatNeverEnds() throws IOException {
        assertThat(refusal("x\n\"" + "a".repeat(3 << 20)))
                .returns(FailureCode.LIMIT_EXCEEDED, RequestRejected::code)
                .returns(1L << 20, RequestRejected::limit);
    }

    @Test
    void shouldRefuseMoreRowsThanTheLimit() throws IOException {
        Path data = scratch.resolve("data.csv");
        Files.writeString(data, "x\n1\n2\n3\n");

        RequestRejected refusal = catchThrowableOfType(
                RequestRejected.class,
                () -> ProfileBuilder.build(data, List.of(), new ProfileLimits(2, 100, 1 << 20), scratch));

        assertThat(refusal.code()).isEqualTo(FailureCode.LIMIT_EXCEEDED);
        assertThat(refusal.limit()).isEqualTo(2);
    }

    @Test
    void shouldLeaveNothingOnDisk() throws IOException {
        profile(PLACE.resolve("reference.csv"), COLUMNS);

        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
    }
}
