package dev.weir.predictionlog.subject;

import dev.weir.keyring.Keyring;
import java.nio.file.Path;
import java.time.InstantSource;

/** A process that closes the keys of a file anew, one to a write, and prints a mark for each. */
public final class RotatingChild {

    private RotatingChild() {}

    /** Takes the file and the directory of the keyring. */
    public static void main(String[] arguments) {
        Keyring keyring = new Keyring(Path.of(arguments[1]), false);
        SubjectKeys keys = new SubjectKeys(Path.of(arguments[0]), keyring, InstantSource.system());
        SubjectKeys.Closed closed = SubjectKeys.Closed.NONE;
        do {
            closed = keys.closeAnew(closed.lastId(), 1);
            System.out.print('#');
            System.out.flush();
        } while (!closed.isLast());
    }
}
