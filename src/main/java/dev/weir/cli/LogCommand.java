package dev.weir.cli;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.keyring.Keyring;
import dev.weir.predictionlog.checkpoint.CheckpointFile;
import dev.weir.predictionlog.checkpoint.LogVerification;
import dev.weir.predictionlog.checkpoint.SignedCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Reads the record of predictions from a server, or verifies it in its directory, without one. */
@Command(
        name = "log",
        description = "Read the record of predictions, or verify that it is as it was written.",
        subcommands = {LogShowCommand.class, LogSearchCommand.class, LogEventsCommand.class},
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(show | search | events | verify)")
final class LogCommand {

    @Spec
    CommandSpec spec;

    @Command(
            name = "verify",
            description = {
                "Compute the chain of the log again and compare it with its checkpoints.",
                "Exit code 0 when all is as it was written, 1 when it is not or can't be read."
            },
            mixinStandardHelpOptions = true)
    int verify(
            @Option(
                            names = "--directory",
                            paramLabel = "DIR",
                            description =
                                    "The directory of a log (default var/predictions). Repeat it for several replicas.")
                    @Nullable
                    List<Path> directories,
            @Option(
                            names = "--checkpoints",
                            paramLabel = "FILE",
                            description = {
                                "Checkpoints, one line each (default checkpoints.ndjson in each directory).",
                                "Of a directory, such as a copy of what a Parquet sink keeps, all files."
                            })
                    @Nullable
                    List<Path> files,
            @Option(
                            names = "--keys",
                            paramLabel = "DIR",
                            description = "The directory of signing-k1.pub and so on (default var/keys).")
                    @Nullable
                    Path keys) {
        List<Path> logs = directories == null ? List.of(StateDirectory.predictions()) : directories;
        try {
            for (Path log : logs) {
                if (!Files.isDirectory(log)) {
                    return complain("there is no directory " + log);
                }
            }
            return verify(logs, files(logs, files), Keyring.verifier(keys == null ? StateDirectory.keys() : keys));
        } catch (ConfigurationRejected e) {
            return complain(e.publicMessage());
        } catch (IOException e) {
            return complain("this can't be read: " + e.getMessage());
        }
    }

    private static List<Path> files(List<Path> logs, @Nullable List<Path> given) {
        return given != null
                ? given
                : logs.stream()
                        .map(log -> log.resolve(CheckpointFile.NAME))
                        .filter(Files::exists)
                        .toList();
    }

    private int verify(List<Path> logs, List<Path> files, Keyring.Verifier keys) throws IOException {
        List<SignedCheckpoint> checkpoints = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Path file : files) {
            CheckpointFile.Contents contents = CheckpointFile.readAll(file);
            checkpoints.addAll(contents.checkpoints());
            if (contents.unreadable() > 0) {
                problems.add("unreadable: " + contents.unreadable() + " lines of " + file + " are no checkpoints");
            }
        }
        LogVerification.Result result = LogVerification.verify(logs, checkpoints, keys);
        problems.addAll(result.problems());
        PrintWriter out = spec.commandLine().getOut();
        out.println(result.segments() + " segments, " + result.entries() + " entries, " + result.checkpoints()
                + " checkpoints, " + result.deleted() + " segments deleted by retention and signed for");
        if (result.checkpoints() == 0) {
            out.println("without checkpoints nobody can tell whether the end was cut off");
        }
        problems.forEach(out::println);
        out.println(problems.isEmpty() ? "all is as it was written" : problems.size() + " problems");
        out.flush();
        return problems.isEmpty() ? 0 : 1;
    }

    private int complain(String what) {
        spec.commandLine().getErr().println(what);
        return 1;
    }
}
