package dev.weir.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files in the repository that the code writes. */
final class CheckedIn {

    private CheckedIn() {}

    /** Requires that a file has this text; with {@code -Dweir.docs.update=true}, gives it the text. */
    static void requireEqual(Path file, String expected) throws IOException {
        if (Boolean.getBoolean("weir.docs.update")) {
            Files.writeString(file, expected);
        }
        assertThat(Files.readString(file))
                .as("%s; to write it: ./build test -Dtest='dev.weir.docs.*Test' -Dweir.docs.update=true", file)
                .isEqualTo(expected);
    }
}
