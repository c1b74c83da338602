package dev.weir.cli;

import dev.weir.failure.WeirException;
import dev.weir.profile.ProfileBuilder;
import dev.weir.profile.ProfileColumn;
import dev.weir.profile.ProfileLimits;
import dev.weir.profile.ReferenceProfile;
import dev.weir.registry.VersionDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a reference profile without a server. Exit code 0, or 1 when the data can't be described. */
@Command(
        name = "profile",
        description = "Describe training data, column by column, without a server.",
        mixinStandardHelpOptions = true)
final class ProfileCommand implements Callable<Integer> {

    /** Which columns to describe. */
    static final class Columns {
        @Option(names = "--model", paramLabel = "DIR", description = "Those that the version in this directory takes.")
        @Nullable
        Path model;

        @Option(names = "--features", split = ",", description = "These columns.")
        @Nullable
        List<String> features;
    }

    @Parameters(index = "0", paramLabel = "DATA", description = "A CSV file with column names, or a Parquet file.")
    Path data = Path.of("");

    @ArgGroup
    @Nullable
    Columns columns;

    @Option(names = "-o", paramLabel = "FILE", description = "Where to write the profile (default: standard output).")
    @Nullable
    Path output;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        try {
            Path scratch = Files.createTempDirectory("weir-profile");
            ReferenceProfile profile;
            try {
                profile = ProfileBuilder.build(data, columns(), ProfileLimits.DEFAULT, scratch);
            } finally {
                Files.deleteIfExists(scratch);
            }
            profile.absent().forEach(name -> err.println("the data have no column '" + name + "'"));
            profile.left().forEach(name -> err.println("column '" + name + "' is free text and left out"));
            if (output == null) {
                spec.commandLine().getOut().print(new String(profile.toJson(), StandardCharsets.UTF_8));
                spec.commandLine().getOut().flush();
            } else {
                Files.write(output, profile.toJson());
            }
            return 0;
        } catch (WeirException e) {
            err.println(e.code() + ": " + e.publicMessage());
        } catch (IOException e) {
            err.println("can't read or write " + e.getMessage());
        }
        return 1;
    }

    private List<ProfileColumn> columns() throws IOException {
        if (columns == null) {
            return List.of();
        }
        if (columns.model != null) {
            return ProfileColumn.of(VersionDirectory.manifest(columns.model).signature());
        }
        return columns.features == null
                ? List.of()
                : columns.features.stream()
                        .map(name -> new ProfileColumn(name, null))
                        .toList();
    }
}
