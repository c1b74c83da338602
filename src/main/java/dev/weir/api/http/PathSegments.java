package dev.weir.api.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request's path as the caller sent it, cut at its slashes and never decoded: an encoded slash or dot can't become a
 * real one, because no name holds a per cent sign.
 *
 * @param segments the parts between the slashes
 */
public record PathSegments(List<String> segments) {

    private static final int MAX_LENGTH = 1024;

    /** Cuts a path; null when it is no path this server has. */
    public static @Nullable PathSegments of(@Nullable String path) {
        if (path == null || path.length() > MAX_LENGTH || !path.startsWith("/")) {
            return null;
        }
        String trimmed =
                path.length() > 1 && path.endsWith("/") ? path.substring(1, path.length() - 1) : path.substring(1);
        return new PathSegments(List.of(trimmed.split("/", -1)));
    }
}
