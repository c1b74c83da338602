package dev.weir.deployment;

/** What decides which variant a request falls on; the same value falls on the same variant. */
public sealed interface Stickiness {

    /** The prediction id: each request for itself. */
    record ByRequest() implements Stickiness {}

    /**
     * A header. A request without it falls as one by itself.
     *
     * @param name the header's name
     */
    record ByHeader(String name) implements Stickiness {}

    /**
     * A feature, which has to be the same in all rows of a request.
     *
     * @param name a column that the signature names, or a tensor
     */
    record ByFeature(String name) implements Stickiness {}

    /** The caller's id. An application is one caller, whoever uses it, so this is for those alone who ask for it. */
    record ByCaller() implements Stickiness {}
}
