package dev.weir.deployment;

import dev.weir.inference.Names;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a deployment file says of how requests find their variants. */
final class TrafficSection {

    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private TrafficSection() {}

    /**
     * Reads it.
     *
     * @param name the deployment's name, which is its salt unless it has another
     * @param timeout how long a request may take
     * @param problems what is wrong is added here, and the answer is then worthless
     */
    static Traffic read(DeploymentDocument.Spec spec, String name, Duration timeout, List<String> problems) {
        Traffic absent = Traffic.of(name);
        String salt = spec.salt() == null ? absent.salt() : spec.salt();
        if (spec.salt() != null && !Names.isName(salt)) {
            problems.add("spec.salt must be a name");
        }
        return new Traffic(sticky(spec.sticky(), problems), salt, reserve(spec.reserve(), timeout, problems));
    }

    private static Stickiness sticky(DeploymentDocument.@Nullable Sticky sticky, List<String> problems) {
        if (sticky == null) {
            return new Stickiness.ByRequest();
        }
        String header = sticky.header();
        String feature = sticky.feature();
        boolean caller = Boolean.TRUE.equals(sticky.caller());
        int given = (header == null ? 0 : 1) + (feature == null ? 0 : 1) + (sticky.caller() == null ? 0 : 1);
        if (given == 1 && header != null && HEADER.matcher(header).matches()) {
            return new Stickiness.ByHeader(header);
        }
        if (given == 1 && feature != null && !feature.isBlank()) {
            return new Stickiness.ByFeature(feature);
        }
        if (given == 1 && caller) {
            return new Stickiness.ByCaller();
        }
        problems.add("spec.sticky must have one of: header, the name of a header; feature, that of a feature;"
                + " caller: true");
        return new Stickiness.ByRequest();
    }

    private static @Nullable Duration reserve(@Nullable String text, Duration timeout, List<String> problems) {
        if (text == null) {
            return null;
        }
        Duration reserve = DurationText.parse(text);
        if (reserve == null || !reserve.isPositive() || reserve.compareTo(timeout) >= 0) {
            problems.add(
                    "spec.reserve must be a duration such as 250ms or 2s, above 0 and below the deployment's timeout,"
                            + " which is " + timeout.toMillis() + " ms");
            return null;
        }
        return reserve;
    }
}
