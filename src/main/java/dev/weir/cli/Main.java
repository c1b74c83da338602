package dev.weir.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Where the process starts. */
@QuarkusMain
@Command(
        name = "weir",
        description = "A prediction server that loads models as data.",
        subcommands = {
            ServeCommand.class,
            StatusCommand.class,
            PredictCommand.class,
            ModelsCommand.class,
            AliasCommand.class,
            RegisterCommand.class,
            ProfileCommand.class,
            LogCommand.class,
            OutcomeCommand.class,
            KeyCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main {

    private Main() {}

    /** Runs a command; without one, serves, as a container would. */
    public static void main(String... arguments) {
        if (arguments.length == 0) {
            Quarkus.run(null, StartFailure::exit);
            return;
        }
        int exitCode = new CommandLine(new Main()).execute(arguments);
        if (exitCode != 0 || !arguments[0].equals("serve")) {
            System.exit(exitCode);
        }
    }
}
