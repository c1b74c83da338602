package dev.weir.serving;

import dev.weir.deployment.Stickiness;
import dev.weir.inference.Caller;
import dev.weir.inference.InferenceRequest;
import dev.weir.inference.ModelSignature;
import dev.weir.inference.PredictionId;
import dev.weir.predictionlog.RecordTags;
import dev.weir.predictionlog.SubjectReader;
import dev.weir.predictionlog.SubjectSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What decides which variant a request falls on, as bytes: a text in UTF-8, so that a customer has one key, whether a header
 * names it or a feature does; or the prediction id where there is nothing else.
 */
final class StickyKey {

    private static final String PURPOSE = "decides which version answers";

    private StickyKey() {}

    /**
     * Returns the key of a request.
     *
     * @throws dev.weir.failure.RequestRejected when its rows have different ones
     */
    static byte[] of(
            Stickiness sticky,
            ModelSignature promise,
            InferenceRequest request,
            RecordTags tags,
            Caller caller,
            PredictionId id) {
        String text =
                switch (sticky) {
                    case Stickiness.ByRequest none -> null;
                    case Stickiness.ByHeader header -> tags.sticky();
                    case Stickiness.ByFeature feature -> feature(feature.name(), promise, request);
                    case Stickiness.ByCaller one -> caller.id();
                };
        return text == null ? bytes(id) : text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String feature(String name, ModelSignature promise, InferenceRequest request) {
        SubjectReader reader = SubjectReader.of(new SubjectSource.Feature(name), promise.inputs(), PURPOSE);
        return reader == null ? null : reader.read(request.inputs());
    }

    private static byte[] bytes(PredictionId id) {
        UUID uuid = id.value();
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }
}
