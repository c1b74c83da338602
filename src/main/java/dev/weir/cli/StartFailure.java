package dev.weir.cli;

import dev.weir.failure.ConfigurationRejected;
import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Says in plain words why the server did not start, where the platform would write a stack trace into one line. */
final class StartFailure {

    private StartFailure() {}

    /** Ends the process, after a word about what went wrong. */
    static void exit(Integer code, @Nullable Throwable failure) {
        if (failure != null) {
            explain(failure, System.err);
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(code, failure);
    }

    /** Prints what an operator can mend; for anything else, the stack trace. */
    static void explain(Throwable failure, PrintStream out) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case ConfigurationRejected rejected -> {
                    list(rejected.problems(), out);
                    return;
                }
                case ConfigurationException wrong -> {
                    out.println("Weir did not start: " + wrong.getMessage());
                    return;
                }
                case ConfigValidationException wrong -> {
                    list(
                            IntStream.range(0, wrong.getProblemCount())
                                    .mapToObj(i -> wrong.getProblem(i).getMessage())
                                    .toList(),
                            out);
                    return;
                }
                case QuarkusBindException taken -> {
                    out.println("Weir did not start: it can't listen on port " + taken.getPort() + " of "
                            + taken.getHost() + "; --port and --management-port choose others");
                    return;
                }
                default -> {}
            }
        }
        failure.printStackTrace(out);
    }

    private static void list(List<String> problems, PrintStream out) {
        out.println("Weir did not start, because its configuration was refused:");
        problems.forEach(problem -> out.println("  " + problem));
    }
}
