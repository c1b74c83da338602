package dev.weir.predictionlog.sink;

import dev.weir.predictionlog.SubjectConfig;
import dev.weir.predictionlog.SubjectEraser;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** What can be said of a subject's payloads in sinks from which nothing is deleted. */
@Singleton
public class UnreachableSubjects {

    private final SubjectConfig config;

    /** Says what configuration makes of payloads. */
    @Inject
    public UnreachableSubjects(SubjectConfig config) {
        this.config = config;
    }

    /** Returns how far an erasure gets in a sink that has no place for sealed payloads. */
    public SubjectEraser.Evidence evidence(String sink) {
        return switch (config.payload()) {
            case SEALED, WITHHELD ->
                new SubjectEraser.Evidence(
                        sink, SubjectEraser.Result.NOTHING_KEPT, 0, "payloads of subjects are not forwarded to it");
            case CLEAR ->
                new SubjectEraser.Evidence(
                        sink,
                        SubjectEraser.Result.OUT_OF_REACH,
                        0,
                        "payloads of subjects are forwarded to it as they are");
        };
    }
}
