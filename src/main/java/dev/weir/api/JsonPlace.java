package dev.weir.api;

import com.fasterxml.jackson.core.JsonStreamContext;
import org.jspecify.annotations.Nullable;

/** Where in a document something stands, as errors name it: {@code inputs[0].shape}. Pure. */
final class JsonPlace {

    private JsonPlace() {}

    /**
     * Returns the place of the member or element that a parser reads.
     *
     * @param root where the document itself stands in the request, empty for the whole of it
     */
    static String of(@Nullable JsonStreamContext context, String root) {
        StringBuilder place = new StringBuilder(root);
        append(context, place);
        return place.isEmpty() ? "body" : place.toString();
    }

    private static void append(@Nullable JsonStreamContext context, StringBuilder place) {
        if (context == null) {
            return;
        }
        append(context.getParent(), place);
        if (context.inArray() && context.hasCurrentIndex()) {
            place.append('[').append(context.getCurrentIndex()).append(']');
        } else if (context.inObject() && context.getCurrentName() != null) {
            place.append(place.isEmpty() ? "" : ".").append(Printable.of(context.getCurrentName()));
        }
    }
}
