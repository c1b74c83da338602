package dev.weir.predictionlog.local;

import dev.weir.inference.VariantRole;
import dev.weir.inference.VersionRef;
import dev.weir.predictionlog.RecordContext;
import org.jspecify.annotations.Nullable;

/** The form of a context, version 1: fields. New ones may be added; none is given up, and no tag is used again. */
final class ContextCodec {

    private static final int DEPLOYMENT = 1;
    private static final int CONFIG_DIGEST = 2;
    private static final int EXPERIMENT = 3;
    private static final int EPOCH = 4;
    private static final int VARIANT = 5;
    private static final int ROLE = 6;
    private static final int MODEL = 7;
    private static final int VERSION = 8;
    private static final int MANIFEST_DIGEST = 9;
    private static final int RUNTIME = 10;
    private static final int RETENTION = 11;

    private ContextCodec() {}

    static void write(ByteOutput out, RecordContext context) {
        out.textField(DEPLOYMENT, context.deployment());
        out.textField(CONFIG_DIGEST, context.configDigest());
        optional(out, EXPERIMENT, context.experiment());
        optional(out, EPOCH, context.epoch());
        out.textField(VARIANT, context.variant());
        out.textField(ROLE, context.role().name());
        out.textField(MODEL, context.version().model());
        out.textField(VERSION, context.version().version());
        out.textField(MANIFEST_DIGEST, context.manifestDigest());
        out.textField(RUNTIME, context.runtime());
        out.textField(RETENTION, context.retention());
    }

    static void optional(ByteOutput out, int tag, @Nullable String text) {
        if (text != null) {
            out.textField(tag, text);
        }
    }

    static RecordContext read(ByteInput in) {
        String deployment = "";
        String configDigest = "";
        String experiment = null;
        String epoch = null;
        String variant = "";
        String role = "";
        String model = "";
        String version = "";
        String manifestDigest = "";
        String runtime = "";
        String retention = "";
        while (in.nextField()) {
            switch (in.tag()) {
                case DEPLOYMENT -> deployment = in.textField();
                case CONFIG_DIGEST -> configDigest = in.textField();
                case EXPERIMENT -> experiment = in.textField();
                case EPOCH -> epoch = in.textField();
                case VARIANT -> variant = in.textField();
                case ROLE -> role = in.textField();
                case MODEL -> model = in.textField();
                case VERSION -> version = in.textField();
                case MANIFEST_DIGEST -> manifestDigest = in.textField();
                case RUNTIME -> runtime = in.textField();
                case RETENTION -> retention = in.textField();
                default -> {
                    // of a later version
                }
            }
        }
        return new RecordContext(
                deployment,
                configDigest,
                experiment,
                epoch,
                variant,
                VariantRole.valueOf(role),
                new VersionRef(model, version),
                manifestDigest,
                runtime,
                retention);
    }
}
