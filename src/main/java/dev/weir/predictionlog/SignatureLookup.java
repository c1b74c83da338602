package dev.weir.predictionlog;

import dev.weir.inference.ModelSignature;
import org.jspecify.annotations.Nullable;

/** Says what the tensors of a recorded version mean: the names of its features, and which of its axes are fixed. Thread-safe. */
@FunctionalInterface
public interface SignatureLookup {

    /** Knows none. */
    SignatureLookup NONE = context -> null;

    /** Returns the signature of the version behind a context; null when it is not known, or no more. May block. */
    @Nullable
    ModelSignature signature(RecordContext context);
}
