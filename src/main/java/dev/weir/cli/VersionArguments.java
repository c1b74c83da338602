package dev.weir.cli;

import dev.weir.inference.Names;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** A model and one of its versions, as arguments of a command. */
final class VersionArguments {

    @Parameters(index = "0", paramLabel = "MODEL", description = "The model.")
    String model;

    @Parameters(index = "1", paramLabel = "VERSION", description = "The version.")
    String version;

    /** Returns where the API has the version. */
    String path(CommandSpec spec) {
        return "/api/v1/models/" + name(spec, model) + "/versions/" + name(spec, version);
    }

    /** Returns a text that is a name, or refuses the command. */
    static String name(CommandSpec spec, String text) {
        if (!Names.isName(text)) {
            throw new ParameterException(
                    spec.commandLine(), "'" + text + "' is no name; it has only A-Z a-z 0-9 . _ -");
        }
        return text;
    }
}
