package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.QuarkusBindException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StartFailureTest {

    private static String explanation(Throwable failure) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StartFailure.explain(failure, new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldListEveryProblemOfARefusedConfigurationAndNothingElse() {
        Throwable failure = new RuntimeException(
                "Failed to start quarkus", new ConfigurationRejected(List.of("a.yaml: one", "b.yaml: two")));
        assertThat(explanation(failure).lines())
                .containsExactly(
                        "Weir did not start, because its configuration was refused:", "  a.yaml: one", "  b.yaml: two");
    }

    @Test
    void shouldNameAPortThatIsTaken() {
        Throwable failure =
                new RuntimeException(new QuarkusBindException("127.0.0.1", 8080, new BindException("in use")));
        assertThat(explanation(failure).lines())
                .containsExactly("Weir did not start: it can't listen on port 8080 of 127.0.0.1;"
                        + " --port and --management-port choose others");
    }

    @Test
    void shouldShowWhereAFaultOfTheServerCameFrom() {
        assertThat(explanation(new IllegalStateException("broken"))).contains("broken", "\tat dev.weir.cli.");
    }
}
