package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.admin.VersionApiTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that find, compare, revoke and delete versions, against a running server. */
@QuarkusTest
@TestProfile(VersionApiTest.Versions.class)
class VersionCommandsTest {

    @TestHTTPResource
    URI server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int models(String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--server";
        all[arguments.length + 1] = server.toString();
        return new CommandLine(new ModelsCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    @Test
    void listsWhatVersionsDoNotMeet() {
        assertThat(models()).isZero();

        assertThat(out.toString())
                .containsPattern("tumours +6 +IDLE")
                .contains("  unmet: lineage.training_data is missing")
                .contains("  unmet (deployment tumours): metrics.accuracy is missing");
    }

    @Test
    void findsVersionsByTheirTrainingData() {
        assertThat(models("--training-data", "april")).isZero();

        assertThat(out.toString().lines()).hasSize(2).last().asString().matches("tumours +5 +IDLE *");
    }

    @Test
    void saysWhereVersionsServe() {
        assertThat(models("--training-data", "march")).isZero();

        assertThat(out.toString()).containsPattern("tumours +1 +READY +tumours \\(primary\\)");
    }

    @Test
    void printsNamesForOtherPrograms() {
        assertThat(models("--training-data", "april", "--plain")).isZero();

        assertThat(out.toString().lines()).containsExactly("tumours 5");
    }

    @Test
    void showsHowVersionsDiffer() {
        assertThat(models("diff", "tumours", "@champion", "5")).isZero();

        assertThat(out.toString().lines()).hasSize(3);
        assertThat(out.toString())
                .containsPattern("FIELD +1 +5")
                .containsPattern("lineage.metrics.accuracy +0\\.9[0-9]+ +0\\.5  \\(-0\\.4[0-9]+\\)")
                .containsPattern("lineage.training_data.reference +march +april");
    }

    @Test
    void saysThatVersionsDoNotDiffer() {
        assertThat(models("diff", "tumours", "1", "4")).isZero();

        assertThat(out.toString()).contains("The manifests of 1 and 4 say the same.");
    }

    @Test
    void revokesAVersionAndSaysWhatServesInstead() {
        assertThat(models("revoke", "tumours", "7", "--reason", "leaked labels"))
                .isZero();

        assertThat(out.toString())
                .contains("tumours/7 is revoked")
                .contains(
                        "  commanded serves 3: version tumours/7 is revoked: leaked labels; version tumours/3 stands in");
    }

    @Test
    void deletesAVersion() {
        assertThat(models("delete", "tumours", "9", "--reason", "tidy up")).isZero();

        assertThat(out.toString()).contains("tumours/9 is deleted");
    }

    @Test
    void saysWhoNeedsAVersion() {
        assertThat(models("delete", "tumours", "1", "--reason", "tidy up")).isEqualTo(1);

        assertThat(err.toString()).contains("CONFLICT: version tumours/1 is needed: it is the primary of deployment");
    }

    @Test
    void refusesWhatIsNoName() {
        assertThat(models("diff", "../x", "1", "2")).isEqualTo(2);
        assertThat(err.toString()).contains("'../x' is no name");
    }

    @Test
    void wantsAReason() {
        assertThat(models("revoke", "tumours", "1")).isEqualTo(2);
        assertThat(err.toString()).contains("--reason");
    }
}
