package dev.weir.deployment;

import dev.weir.inference.Names;
import dev.weir.predictionlog.Capture;
import dev.weir.predictionlog.Durability;
import dev.weir.predictionlog.LogPolicy;
import dev.weir.predictionlog.Overflow;
import dev.weir.predictionlog.Redaction;
import dev.weir.predictionlog.SubjectSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec.log} of a deployment file: how its attempts are recorded. */
final class LogSection {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(B|KiB|MiB)");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final int MAX_FEATURES = 10_000;
    private static final int MAX_PAYLOAD = 64 << 20;

    private LogSection() {}

    /**
     * Reads the section; without one, attempts are recorded as {@link LogPolicy#DEFAULT} says.
     *
     * @param problems what is wrong with it is added here, and the answer is then worthless
     */
    static LogPolicy read(DeploymentDocument.@Nullable Log log, List<String> problems) {
        if (log == null) {
            return LogPolicy.DEFAULT;
        }
        LogPolicy absent = LogPolicy.DEFAULT;
        Capture capture = Words.read(
                Capture.values(),
                log.capture(),
                absent.capture(),
                "spec.log.capture must be full, inputs, outputs or none",
                problems);
        Durability durability = Words.read(
                Durability.values(),
                log.durability(),
                absent.durability(),
                "spec.log.durability must be async or sync",
                problems);
        Overflow overflow = Words.read(
                Overflow.values(),
                log.overflow(),
                durability == Durability.SYNC ? Overflow.REJECT : absent.overflow(),
                "spec.log.overflow must be drop, block or reject",
                problems);
        if (durability == Durability.SYNC && overflow == Overflow.DROP) {
            problems.add(
                    "spec.log.overflow: drop answers without a record, which durability: sync rules out; say reject,"
                            + " as without it, or block");
        }
        double sample = log.sample() == null ? absent.sample() : log.sample();
        if (!(sample > 0 && sample <= 1)) {
            problems.add("spec.log.sample must be above 0 and at most 1; capture: none keeps no payload at all");
            sample = absent.sample();
        }
        String retention = log.retention() == null ? absent.retention() : log.retention();
        if (!Names.isName(retention)) {
            problems.add("spec.log.retention must be the name of a class of weir.predictions.retention");
        }
        return new LogPolicy(
                capture,
                sample,
                size(log.maxPayload(), absent.maxPayload(), problems),
                overflow,
                durability,
                subject(log.subject(), problems),
                features(log.features(), problems),
                retention);
    }

    private static int size(@Nullable String text, int absent, List<String> problems) {
        if (text == null) {
            return absent;
        }
        Matcher matcher = SIZE.matcher(text);
        if (matcher.matches()) {
            long unit =
                    switch (matcher.group(2)) {
                        case "KiB" -> 1 << 10;
                        case "MiB" -> 1 << 20;
                        default -> 1;
                    };
            long size = Long.parseLong(matcher.group(1)) * unit;
            if (size <= MAX_PAYLOAD) {
                return (int) size;
            }
        }
        problems.add("spec.log.maxPayload must be a size such as 64KiB or 1MiB, and at most 64MiB");
        return absent;
    }

    private static @Nullable SubjectSource subject(
            DeploymentDocument.@Nullable Subject subject, List<String> problems) {
        if (subject == null) {
            return null;
        }
        String header = subject.header();
        String feature = subject.feature();
        if (header != null && feature == null && HEADER.matcher(header).matches()) {
            return new SubjectSource.Header(header);
        }
        if (feature != null && header == null && !feature.isBlank()) {
            return new SubjectSource.Feature(feature);
        }
        problems.add("spec.log.subject must have either header, the name of a header, or feature, that of a feature");
        return null;
    }

    private static Map<String, Redaction> features(@Nullable Map<String, String> features, List<String> problems) {
        if (features == null) {
            return Map.of();
        }
        if (features.size() > MAX_FEATURES) {
            problems.add("spec.log.features has at most " + MAX_FEATURES + " entries");
        }
        Map<String, Redaction> read = new LinkedHashMap<>();
        features.forEach((feature, word) -> read.put(
                feature,
                Words.read(
                        Redaction.values(),
                        word,
                        Redaction.DROP,
                        "spec.log.features: what becomes of a feature must be keep, hash or drop",
                        problems)));
        return read;
    }
}
