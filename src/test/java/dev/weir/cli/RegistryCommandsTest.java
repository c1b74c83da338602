package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.api.admin.RegistryApiTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands that move aliases, against a running server; each test begins with {@code @champion} at version 1. */
@QuarkusTest
@TestProfile(RegistryApiTest.OwnRegistry.class)
class RegistryCommandsTest {

    @TestHTTPResource
    URI server;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int alias(String... arguments) {
        return run(new CommandLine(new AliasCommand()), arguments);
    }

    private int run(CommandLine command, String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--server";
        all[arguments.length + 1] = server.toString();
        return command.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    @BeforeEach
    void begin() {
        assertThat(alias("set", "breast-cancer", "@champion", "1", "--reason", "begin"))
                .isZero();
        out.getBuffer().setLength(0);
    }

    @Test
    void movesAnAliasAndSaysWhoFollows() {
        assertThat(alias("set", "breast-cancer", "@champion", "2", "--reason", "better recall"))
                .isZero();

        assertThat(out.toString().lines()).containsExactly("@champion of breast-cancer is 2", "  tumours serves 2");
    }

    @Test
    void movesAnAliasBack() {
        alias("set", "breast-cancer", "@champion", "2", "--reason", "better recall");
        out.getBuffer().setLength(0);

        assertThat(alias("revert", "breast-cancer", "champion", "--reason", "worse precision"))
                .isZero();
        assertThat(out.toString()).contains("@champion of breast-cancer is 1", "tumours serves 1");
    }

    @Test
    void tellsTheHistory() {
        alias("set", "breast-cancer", "@champion", "2", "--reason", "better recall");
        out.getBuffer().setLength(0);

        assertThat(alias("log", "breast-cancer", "@champion")).isZero();
        assertThat(out.toString().lines().findFirst().orElseThrow()).matches("\\S+  1 -> 2  \\S+: better recall");
    }

    @Test
    void saysWhyAnAliasDoesNotMove() {
        assertThat(alias("set", "breast-cancer", "@champion", "9", "--reason", "x"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("UNKNOWN_VERSION: the registry has no such version (version)");
    }

    @Test
    void refusesWhatIsNoName() {
        assertThat(alias("log", "../x", "@champion")).isEqualTo(2);
        assertThat(err.toString()).contains("'../x' is no name");
    }

    @Test
    void listsModelsVersionsAndAliases() {
        assertThat(run(new CommandLine(new ModelsCommand()))).isZero();
        assertThat(out.toString())
                .containsPattern("breast-cancer +1 +@champion +READY")
                // Others of this server's tests may have loaded it meanwhile.
                .containsPattern("breast-cancer +3 +(IDLE|UNAVAILABLE)");
    }
}
