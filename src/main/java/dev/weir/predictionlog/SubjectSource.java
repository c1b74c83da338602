package dev.weir.predictionlog;

/** Where a request says whom it is about. */
public sealed interface SubjectSource {

    /** A header, or an entry of gRPC's metadata. */
    record Header(String name) implements SubjectSource {}

    /** A feature, or an input tensor that is one; it is the same in all rows of a request, or the request is refused. */
    record Feature(String name) implements SubjectSource {}
}
