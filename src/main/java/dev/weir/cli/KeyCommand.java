package dev.weir.cli;

import dev.weir.failure.ConfigurationRejected;
import dev.weir.keyring.KeyKind;
import dev.weir.keyring.Keyring;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes keys, in files; needs no server. Exit code 0, or 1 when they can't be written. */
@Command(
        name = "key",
        description = "Make new versions of the server's keys.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "rotate")
final class KeyCommand {

    @Spec
    CommandSpec spec;

    @Command(
            name = "rotate",
            description = {
                "Make the next version of a kind of key.",
                "A running server takes it over by itself. Old versions stay: they open and find what was made with them.",
                "Remove an old master key when every server's log says that it can be."
            },
            mixinStandardHelpOptions = true)
    int rotate(
            @Option(
                            names = "--directory",
                            description = "The directory of keys (weir.keyring.directory; default var/keys).")
                    @Nullable
                    Path directory,
            @Parameters(paramLabel = "KIND", description = "hmac, master or signing.") String kind) {
        try {
            int version = Keyring.rotate(directory == null ? StateDirectory.keys() : directory, kind(kind));
            spec.commandLine().getOut().println(kind + " key k" + version + " is in place");
            spec.commandLine().getOut().flush();
            return 0;
        } catch (ConfigurationRejected e) {
            spec.commandLine().getErr().println(e.publicMessage());
            return 1;
        }
    }

    private KeyKind kind(String word) {
        for (KeyKind each : KeyKind.values()) {
            if (each.word().equals(word.toLowerCase(Locale.ROOT))) {
                return each;
            }
        }
        throw new ParameterException(spec.commandLine(), "a kind of key is hmac, master or signing");
    }
}
