package dev.weir.api;

import dev.weir.api.http.Headers;
import dev.weir.deployment.DeploymentSpec;
import dev.weir.deployment.Stickiness;
import dev.weir.failure.FailureCode;
import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.predictionlog.RecordTags;
import dev.weir.predictionlog.SubjectSource;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a caller says of a request beside its inputs: its own ids of rows, whom it is about, and what it sticks to. */
public final class Tags {

    private static final int MAX_CHARACTERS = 256;

    private Tags() {}

    /**
     * Collects what a request says.
     *
     * @param ids the ids of its rows as its body says, or null
     * @param rows how many rows it has
     * @throws RequestRejected when an id is none, or there is not one for each row
     */
    public static RecordTags of(
            HttpServerRequest request,
            @Nullable TraceContext trace,
            DeploymentSpec spec,
            @Nullable List<String> ids,
            int rows) {
        List<String> all = ids == null ? headerIds(request) : ids;
        if (all != null && all.size() != rows) {
            throw wrongCount(ids == null ? Headers.INFERENCE_ID.toString() : "inference_id", rows);
        }
        String subject = spec.log().subject() instanceof SubjectSource.Header header
                ? bounded(request.getHeader(header.name()), header.name())
                : null;
        String sticky = spec.traffic().sticky() instanceof Stickiness.ByHeader header
                ? bounded(request.getHeader(header.name()), header.name())
                : null;
        if (all == null && subject == null && sticky == null && trace == null) {
            return RecordTags.NONE;
        }
        return new RecordTags(
                all == null ? List.of() : all,
                subject,
                sticky,
                trace == null ? null : trace.traceId(),
                trace == null ? null : trace.parentId());
    }

    private static @Nullable String bounded(@Nullable String text, String header) {
        if (text != null && (text.isEmpty() || text.length() > MAX_CHARACTERS)) {
            throw new RequestRejected(
                    FailureCode.INVALID_HEADER, "this header has 1 to " + MAX_CHARACTERS + " characters", header, (long)
                            MAX_CHARACTERS);
        }
        return text;
    }

    /**
     * Returns the ids of the rows that the headers tell, or null.
     *
     * @throws RequestRejected when one is no id
     */
    public static @Nullable List<String> headerIds(HttpServerRequest request) {
        String own = request.getHeader(Headers.INFERENCE_ID);
        if (own != null) {
            return ids(own, Headers.INFERENCE_ID.toString());
        }
        String other = request.getHeader(Headers.SAGEMAKER_INFERENCE_ID);
        return other == null ? null : ids(other, Headers.SAGEMAKER_INFERENCE_ID.toString());
    }

    /**
     * Reads ids that are separated by commas.
     *
     * @throws RequestRejected when one is no id
     */
    static List<String> ids(String text, String field) {
        List<String> ids = new ArrayList<>();
        int from = 0;
        while (true) {
            int comma = text.indexOf(',', from);
            String id = text.substring(from, comma < 0 ? text.length() : comma).strip();
            ids.add(Names.requireId(id, field));
            if (comma < 0) {
                return ids;
            }
            from = comma + 1;
        }
    }

    /** Returns what a caller is told who gives more or fewer ids than rows. */
    public static RequestRejected wrongCount(String field, int rows) {
        return new RequestRejected(
                FailureCode.INVALID_FIELD, "there must be one inference id for each of the " + rows + " rows", field);
    }
}
