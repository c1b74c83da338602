package dev.weir.api.rows;

import static dev.weir.api.rows.Tables.csv;
import static dev.weir.api.rows.Tables.json;
import static dev.weir.api.rows.Tables.lines;
import static dev.weir.api.rows.Tables.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.JsonBodies;
import dev.weir.api.Limits;
import dev.weir.api.http.Body;
import dev.weir.deployment.Disclosure;
import dev.weir.inference.ByteBudget;
import dev.weir.inference.InferenceResponse;
import dev.weir.inference.PredictionId;
import dev.weir.inference.RequestId;
import dev.weir.inference.RequestMemory;
import dev.weir.inference.TextRule;
import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.routing.Route;
import dev.weir.routing.Variant;
import dev.weir.serving.Prediction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** For any signature and any rows, every form gives the same tensors. */
class FormsPropertyTest {

    private static final JsonBodies JSON = new JsonBodies(Limits.DEFAULT);

    @Provide
    Arbitrary<RandomTable> tables() {
        return Arbitraries.longs().map(seed -> new RandomTable(seed, 6));
    }

    private static void assertSame(RandomTable table, String body, Tables.Reading reading) {
        Tables.Table expected = read(table.signature(), table.objects());
        Tables.Table actual = read(table.signature(), body, reading);

        assertThat(expected.rows()).isEqualTo(table.rows());
        assertThat(actual).as(body).isEqualTo(expected);
    }

    @Property(tries = 300)
    void objectsInAnyOrder(@ForAll("tables") RandomTable table) {
        assertSame(table, table.shuffledObjects(), json(OnRowError.REJECT));
    }

    @Property(tries = 300)
    void valuesByPosition(@ForAll("tables") RandomTable table) {
        assertSame(table, table.positional(), json(OnRowError.REPORT));
    }

    @Property(tries = 300)
    void columns(@ForAll("tables") RandomTable table) {
        assertSame(table, table.columns(), json(OnRowError.REJECT));
    }

    @Property(tries = 300)
    void splitFrames(@ForAll("tables") RandomTable table) {
        assertSame(table, table.split(), json(OnRowError.REPORT));
    }

    @Property(tries = 300)
    void jsonLines(@ForAll("tables") RandomTable table) {
        assertSame(table, table.lines(), lines(OnRowError.REJECT));
    }

    @Property(tries = 300)
    void csvTables(@ForAll("tables") RandomTable table) {
        assertSame(table, table.csv(), csv(OnRowError.REJECT, CsvHeader.GUESSED));
    }

    @Property(tries = 300)
    void anAnswerThatIsTheInputsCanBeSentAgain(@ForAll("tables") RandomTable table) {
        byte[] body = table.objects().getBytes(StandardCharsets.UTF_8);
        try (RequestMemory memory = new RequestMemory(new ByteBudget(1 << 20))) {
            DecodedRows rows = new RowsDecoder(JSON, Limits.DEFAULT)
                    .json(
                            new Body(body, 0, body.length),
                            RowLayout.of(table.signature(), TextRule.ANY),
                            memory,
                            OnRowError.REJECT,
                            Tables.V1);
            String answer = PredictionsJson.write(
                            JSON,
                            table.signature(),
                            new RequestId("r"),
                            prediction(new InferenceResponse(rows.inputs())),
                            rows.rows(),
                            rows.errors())
                    .toString();

            assertSame(table, answer.replace("\"predictions\"", "\"instances\""), json(OnRowError.REJECT));
        }
    }

    static Prediction prediction(InferenceResponse response) {
        Variant variant = new Variant("primary", new VersionRef("m", "1"), VariantRole.PRIMARY);
        return new Prediction(
                new PredictionId(new UUID(1, 2)),
                "m",
                Disclosure.FULL,
                Route.to(variant, Route.Reason.PRIMARY),
                response);
    }

    @Property(tries = 200)
    void badRowsAmongGoodOnesChangeNothing(@ForAll("tables") RandomTable table) {
        String good = table.objects();
        String bad = "{\"nobody has this\":[{\"a\":[1]}]}";
        // After the opening bracket, so that every good row moves up by one.
        String body = good.replaceFirst("\\[", "[" + bad + ",");

        Tables.Table actual = read(table.signature(), body, json(OnRowError.REPORT));

        Tables.Table expected = read(table.signature(), good);
        assertThat(actual.inputs()).isEqualTo(expected.inputs());
        assertThat(actual.errors()).extracting(RowError::row).isEqualTo(List.of(0));
    }
}
