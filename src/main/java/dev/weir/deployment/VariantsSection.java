package dev.weir.deployment;

import dev.weir.failure.RequestRejected;
import dev.weir.inference.Names;
import dev.weir.inference.VariantRole;
import dev.weir.routing.Share;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the variants of a deployment file: as a list, or in the short forms for a primary with a canary, arms and standbys.
 *
 * <p>In the short forms the primary has whatever the arms leave.
 */
final class VariantsSection {

    /** What the name of a standby's variant begins with; the version follows. */
    private static final String STANDBY = "standby-";

    private static final String PRIMARY = "primary";
    private static final String CANARY = "canary";
    private static final int MAX_VARIANTS = 100;

    private final List<String> problems;
    private final List<VariantSpec> variants = new ArrayList<>();

    private VariantsSection(List<String> problems) {
        this.problems = problems;
    }

    /**
     * Reads them, the primary first.
     *
     * @param problems what is wrong is added here, and the answer is then worthless
     */
    static List<VariantSpec> read(DeploymentDocument.Spec spec, List<String> problems) {
        VariantsSection section = new VariantsSection(problems);
        if (spec.variants() == null) {
            section.shortForms(spec);
        } else {
            section.list(spec, spec.variants());
        }
        return section.variants;
    }

    private void list(DeploymentDocument.Spec spec, List<DeploymentDocument.Variant> all) {
        if (spec.version() != null || spec.canary() != null || spec.ab() != null || spec.standby() != null) {
            problems.add("spec.variants has all variants; version, canary, ab and standby are for files without it");
        }
        if (all.isEmpty() || all.size() > MAX_VARIANTS) {
            problems.add("spec.variants must have 1 to " + MAX_VARIANTS + " entries");
            return;
        }
        VariantSpec primary = null;
        for (int i = 0; i < all.size(); i++) {
            DeploymentDocument.Variant each = all.get(i);
            String field = "spec.variants[" + i + "]";
            VersionChoice choice = choice(each.version(), field + ".version");
            VariantRole role = role(each.role(), field);
            String name = each.name();
            if (name == null || !Names.isName(name)) {
                problems.add(field + ".name must be a name");
            } else if (choice != null && role != null) {
                VariantSpec variant = new VariantSpec(name, choice, role, share(each.percent(), role, field));
                if (role == VariantRole.PRIMARY && primary == null) {
                    primary = variant;
                    variants.addFirst(variant);
                } else {
                    variants.add(variant);
                }
            }
        }
    }

    private @Nullable VariantRole role(@Nullable String word, String field) {
        String problem = field + ".role must be primary, canary, arm or standby";
        if (word == null) {
            problems.add(problem);
            return null;
        }
        VariantRole role = Words.read(VariantRole.values(), word, VariantRole.PRIMARY, problem, problems);
        return switch (role) {
            case PRIMARY, CANARY, ARM, STANDBY -> role;
            case SHADOW -> {
                problems.add(problem);
                yield null;
            }
        };
    }

    private Share share(@Nullable BigDecimal percent, VariantRole role, String field) {
        if (role == VariantRole.STANDBY) {
            if (percent != null) {
                problems.add(field + ".percent: a standby has no share");
            }
            return Share.NONE;
        }
        if (percent == null && role == VariantRole.PRIMARY) {
            return Share.ALL;
        }
        return percent(percent, field + ".percent");
    }

    private void shortForms(DeploymentDocument.Spec spec) {
        VersionChoice primary = choice(spec.version(), "spec.version");
        List<VariantSpec> others = new ArrayList<>();
        int left = Share.WHOLE;
        for (Map.Entry<String, DeploymentDocument.Arm> each : arms(spec).entrySet()) {
            String field = "spec.ab." + each.getKey();
            Share share = percent(each.getValue().percent(), field + ".percent");
            left -= share.points();
            add(others, each.getKey(), each.getValue(), VariantRole.ARM, share, field);
        }
        if (left < 0) {
            problems.add("spec.ab: the arms have more than 100 percent together");
            left = 0;
        }
        DeploymentDocument.Arm canary = spec.canary();
        if (canary != null) {
            Share share = percent(canary.percent(), "spec.canary.percent");
            add(others, CANARY, canary, VariantRole.CANARY, share, "spec.canary");
        }
        for (String each : spec.standby() == null ? List.<String>of() : spec.standby()) {
            standby(others, each);
        }
        if (primary != null) {
            variants.add(new VariantSpec(PRIMARY, primary, VariantRole.PRIMARY, new Share(left)));
        }
        variants.addAll(others);
    }

    private Map<String, DeploymentDocument.Arm> arms(DeploymentDocument.Spec spec) {
        Map<String, DeploymentDocument.Arm> arms = spec.ab() == null ? Map.of() : spec.ab();
        if (spec.ab() != null && (arms.isEmpty() || arms.size() > MAX_VARIANTS)) {
            problems.add("spec.ab must have 1 to " + MAX_VARIANTS + " arms beside the primary");
            return Map.of();
        }
        return arms;
    }

    private void add(
            List<VariantSpec> to,
            String name,
            DeploymentDocument.Arm arm,
            VariantRole role,
            Share share,
            String field) {
        VersionChoice choice = choice(arm.version(), field + ".version");
        if (!Names.isName(name)) {
            problems.add(field + ": the name of a variant must be a name");
        } else if (choice != null) {
            to.add(new VariantSpec(name, choice, role, share));
        }
    }

    private void standby(List<VariantSpec> to, String version) {
        VersionChoice choice = choice(version, "spec.standby");
        if (choice != null && !Names.isName(STANDBY + choice.name())) {
            problems.add("spec.standby: a standby version's name has at most " + (Names.MAX_LENGTH - STANDBY.length())
                    + " characters");
        } else if (choice != null) {
            to.add(new VariantSpec(STANDBY + choice.name(), choice, VariantRole.STANDBY));
        }
    }

    private Share percent(@Nullable BigDecimal percent, String field) {
        if (percent == null) {
            problems.add(field + " is missing");
            return Share.NONE;
        }
        try {
            return Share.ofPercent(percent);
        } catch (IllegalArgumentException e) {
            problems.add(field + ": " + e.getMessage());
            return Share.NONE;
        }
    }

    private @Nullable VersionChoice choice(@Nullable String text, String field) {
        if (text == null) {
            problems.add(field + " is missing");
            return null;
        }
        try {
            return VersionChoice.of(text, field);
        } catch (RequestRejected e) {
            problems.add(field + ": " + e.publicMessage());
            return null;
        }
    }
}
