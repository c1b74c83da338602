package dev.weir.registry.metadata;

import dev.weir.failure.ConfigurationRejected;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a version's manifest must say before it may serve.
 *
 * @param requirements every demand; all of them must be met
 */
public record MetadataPolicy(List<Requirement> requirements) {

    /** Demands nothing. */
    public static final MetadataPolicy NONE = new MetadataPolicy(List.of());

    /**
     * A demand that a version does not meet.
     *
     * @param requirement the demand
     * @param why what is wrong, for an operator
     */
    public record Unmet(Requirement requirement, String why) {}

    /** Copies the list. */
    public MetadataPolicy {
        requirements = List.copyOf(requirements);
    }

    /**
     * Reads a policy.
     *
     * @param place where it stands, to blame
     * @throws ConfigurationRejected naming every demand that is none, and where in it the mistake is
     */
    public static MetadataPolicy parse(List<String> demands, String place) {
        List<Requirement> requirements = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < demands.size(); i++) {
            try {
                requirements.add(Requirement.parse(demands.get(i)));
            } catch (IllegalArgumentException e) {
                problems.add(place + "[" + i + "]: " + e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationRejected(problems);
        }
        return new MetadataPolicy(requirements);
    }

    /** Returns a policy with the demands of both, each once. */
    public MetadataPolicy and(MetadataPolicy other) {
        return new MetadataPolicy(Stream.concat(requirements.stream(), other.requirements.stream())
                .distinct()
                .toList());
    }

    /** Returns the demands that compare with a version behind an alias, as text, sorted. */
    public List<String> comparisons() {
        return requirements.stream()
                .filter(requirement -> requirement instanceof Requirement.Compared compared
                        && compared.operand() instanceof Requirement.Operand.OfAlias)
                .map(Requirement::toString)
                .sorted()
                .toList();
    }

    /** Returns the aliases, without their {@code @}, whose versions set a bar. */
    public List<String> aliases() {
        List<String> aliases = new ArrayList<>();
        for (Requirement requirement : requirements) {
            if (requirement instanceof Requirement.Compared compared
                    && compared.operand() instanceof Requirement.Operand.OfAlias(String alias)
                    && !aliases.contains(alias)) {
                aliases.add(alias);
            }
        }
        return aliases;
    }

    /**
     * Returns every demand that a version does not meet, in the policy's order.
     *
     * @param metadata what its manifest says
     * @param bars by alias without its {@code @}, the version to compare with; null when nothing sets a bar
     */
    public List<Unmet> unmet(Metadata metadata, Function<String, Requirement.@Nullable Bar> bars) {
        List<Unmet> unmet = new ArrayList<>();
        for (Requirement requirement : requirements) {
            String why = requirement.unmet(metadata, bars);
            if (why != null) {
                unmet.add(new Unmet(requirement, why));
            }
        }
        return unmet;
    }
}
