package dev.weir.predictionlog;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What becomes of records that say whom they are about. */
@ConfigMapping(prefix = "weir.predictions.subjects")
public interface SubjectConfig {

    /**
     * What sinks get of the payload of such a record. {@code sealed}: the payload closed with the subject's key, where a sink
     * can keep that, and elsewhere nothing; {@code withheld}: nothing; {@code clear}: everything, which an erasure reaches
     * only where a sink deletes it.
     */
    @WithDefault("sealed")
    SubjectPayloads payload();
}
