package dev.weir.predictionlog.sink;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A sink can't be written now, for a reason that it knows. */
public final class SinkTrouble extends IOException {

    private final Trouble trouble;

    /** Says what it is, in words that hold nothing of the entries. */
    public SinkTrouble(Trouble trouble, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.trouble = trouble;
    }

    /** Returns the reason. */
    public Trouble trouble() {
        return trouble;
    }

    /** Returns the reason of any failure of a sink. */
    static Trouble of(IOException e) {
        return e instanceof SinkTrouble known ? known.trouble() : Trouble.UNREACHABLE;
    }
}
